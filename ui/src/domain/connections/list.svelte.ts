import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { ConnectionView, Failure } from '../../shared/wire';

/** How the test of a connection went. */
export type Tested = { state: 'testing' } | { state: 'works' } | { state: 'failed'; failure: Failure };

/** The connections, and what was tried with each. */
export class ConnectionList {
  items = $state.raw<ConnectionView[] | null>(null);
  /** Why there is no list. */
  failure = $state.raw<Failure | null>(null);
  tested = $state.raw<Readonly<Record<string, Tested>>>({});
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async load(): Promise<void> {
    this.failure = null;
    try {
      this.items = await this.#host.connections();
    } catch (caught) {
      this.failure = failureOf(caught);
    }
  }

  async test(name: string): Promise<void> {
    if (this.tested[name]?.state === 'testing') return;
    this.#mark(name, { state: 'testing' });
    try {
      await this.#host.testConnection(name);
      this.#mark(name, { state: 'works' });
    } catch (caught) {
      this.#mark(name, { state: 'failed', failure: failureOf(caught) });
    }
    await this.load();
  }

  /** Says what became of an order for one connection where it stands. */
  async allowInstantLinks(name: string, allowed: boolean): Promise<void> {
    try {
      await this.#host.allowInstantLinks(name, allowed);
      await this.load();
    } catch (caught) {
      this.#mark(name, { state: 'failed', failure: failureOf(caught) });
    }
  }

  /** Throws where it is refused. */
  async remove(name: string): Promise<void> {
    await this.#host.removeConnection(name);
    await this.load();
  }

  #mark(name: string, tested: Tested): void {
    this.tested = { ...this.tested, [name]: tested };
  }
}

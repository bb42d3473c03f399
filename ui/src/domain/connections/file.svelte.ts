import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { ConnectorCheck, ConnectorView, Failure } from '../../shared/wire';

/** A connector file that was dropped or chosen: checked first, added at a person's word. */
export class ConnectorFile {
  name = $state<string | null>(null);
  check = $state.raw<ConnectorCheck | null>(null);
  checking = $state(false);
  adding = $state(false);
  failure = $state.raw<Failure | null>(null);
  #text = '';
  #revision = 0;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Checks a file; an answer about an older one is dropped. */
  async take(name: string, text: string): Promise<void> {
    this.#revision += 1;
    const revision = this.#revision;
    this.name = name;
    this.#text = text;
    this.check = null;
    this.failure = null;
    this.checking = true;
    try {
      const check = await this.#host.checkConnector(name, text);
      if (revision === this.#revision) this.check = check;
    } catch (caught) {
      if (revision === this.#revision) this.failure = failureOf(caught);
    } finally {
      if (revision === this.#revision) this.checking = false;
    }
  }

  async choose(): Promise<void> {
    try {
      const chosen = await this.#host.chooseText();
      if (chosen !== null) await this.take(...chosen);
    } catch (caught) {
      this.failure = failureOf(caught);
    }
  }

  async add(): Promise<ConnectorView | null> {
    if (this.name === null || this.check?.connector == null || this.adding) return null;
    this.adding = true;
    this.failure = null;
    try {
      const added = await this.#host.addConnector(this.name, this.#text);
      this.putAway();
      return added;
    } catch (caught) {
      this.failure = failureOf(caught);
      return null;
    } finally {
      this.adding = false;
    }
  }

  putAway(): void {
    this.#revision += 1;
    this.name = null;
    this.check = null;
    this.failure = null;
    this.checking = false;
    this.#text = '';
  }
}

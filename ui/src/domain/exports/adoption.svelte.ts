import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { Failure, JobId } from '../../shared/wire';

/** A job that the server has already, asked for by somebody else, and is to be followed from here. */
export class Adoption {
  remoteId = $state('');
  asking = $state(false);
  failure = $state.raw<Failure | null>(null);
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  get canAsk(): boolean {
    return this.remoteId.trim() !== '';
  }

  write(remoteId: string): void {
    this.remoteId = remoteId;
    this.failure = null;
  }

  async request(connection: string): Promise<JobId[] | null> {
    if (!this.canAsk || this.asking) return null;
    this.asking = true;
    this.failure = null;
    try {
      return [await this.#host.adopt(connection, this.remoteId.trim())];
    } catch (caught) {
      this.failure = failureOf(caught);
      return null;
    } finally {
      this.asking = false;
    }
  }
}

import type { Host } from '../../shared/host';
import type { ConnectionView } from '../../shared/wire';
import { Door } from './door.svelte';
import { Reach } from './reach.svelte';

/** A connection that is being changed; its name, its kind and its sign-in stay. */
export class Changing extends Door {
  readonly reach: Reach;
  /** Somebody tried to send: what is missing may be said. */
  pressed = $state(false);
  readonly #name: string;

  constructor(host: Host, connection: ConnectionView) {
    super(host);
    this.reach = new Reach(connection.settings);
    this.#name = connection.name;
  }

  /** Tests and saves; `untested` saves although the server cannot be reached. Null where that went wrong: `attempt` says how. */
  async send(passPhrase: string, untested = false): Promise<ConnectionView | null> {
    this.pressed = true;
    if (this.trying || !this.reach.isSound || (this.wantsPassPhrase && passPhrase === '')) return null;
    return this.tryOut(passPhrase, () => this.host.changeConnection(this.#name, this.reach.settings, untested));
  }
}

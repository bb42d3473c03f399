import type { Host } from '../../shared/host';
import type { ConnectionView } from '../../shared/wire';
import { KnownDoor, type PassPhrase } from './door.svelte';
import { Reach } from './reach.svelte';

/** A connection that is being changed; its name, its kind and its sign-in stay. */
export class Changing extends KnownDoor {
  readonly reach: Reach;
  /** Somebody tried to send: what is missing may be said. */
  pressed = $state(false);

  constructor(host: Host, connection: ConnectionView) {
    super(host, connection);
    this.reach = new Reach(connection.settings);
  }

  /** Tests and saves; `untested` saves although the server cannot be reached. Null where that went wrong: `attempt` says how. */
  async send(passPhrase: PassPhrase, untested = false): Promise<ConnectionView | null> {
    if (this.trying) return null;
    this.pressed = true;
    if (!this.canOpen(passPhrase) || !this.reach.isSound) return null;
    return this.tryOut(passPhrase, () => this.host.changeConnection(this.connection.name, this.reach.settings, untested));
  }
}

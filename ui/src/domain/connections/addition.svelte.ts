import { failureOf } from '../../shared/failure';
import type { ConnectionView, ConnectorOrigin, ConnectorView, Failure, SecretField } from '../../shared/wire';
import { Door, type Typed } from './door.svelte';
import { addressFlaw } from './trouble';

const order: Record<ConnectorOrigin, number> = { 'built-in': 0, own: 1, gallery: 2 };

/** A connection that is being added. Its secrets are handed through on sending and stand nowhere in here. */
export class Addition extends Door {
  connectors = $state.raw<ConnectorView[] | null>(null);
  /** Why nothing can be added. */
  failure = $state.raw<Failure | null>(null);
  chosen = $state.raw<ConnectorView | null>(null);
  name = $state('');
  url = $state('');
  folder = $state<string | null>(null);
  limit = $state('');
  hostsConfirmed = $state(false);
  /** Somebody tried to send: what is missing may be said. */
  pressed = $state(false);
  #taken: readonly string[] = [];

  async load(): Promise<void> {
    this.failure = null;
    try {
      const [connectors, connections] = await Promise.all([this.host.connectors(), this.host.connections(), this.look()]);
      this.connectors = connectors.toSorted((one, other) => order[one.origin] - order[other.origin] || one.name.localeCompare(other.name));
      this.#taken = connections.map(({ name }) => name);
    } catch (caught) {
      this.failure = failureOf(caught);
    }
  }

  choose(connector: ConnectorView | null): void {
    this.chosen = connector;
    this.way = 0;
    this.hostsConfirmed = false;
    this.pressed = false;
    this.attempt = { state: 'idle' };
    this.missing = [];
    if (connector !== null && this.name === '' && !this.#taken.includes(connector.name)) this.name = connector.name;
  }

  /** The fields of the way to sign in that was chosen. */
  get fields(): readonly SecretField[] {
    return this.chosen?.signIn[this.way] ?? [];
  }

  get nameFlaw(): 'none' | 'taken' | null {
    const name = this.name.trim();
    if (name === '') return 'none';
    return this.#taken.includes(name) ? 'taken' : null;
  }

  get urlFlaw(): 'none' | 'plain' | null {
    return addressFlaw(this.url);
  }

  get limitIsWrong(): boolean {
    const limit = this.limit.trim();
    return limit !== '' && !(/^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100);
  }

  get wantsHosts(): boolean {
    return (this.chosen?.hosts.length ?? 0) > 0 && !this.hostsConfirmed;
  }

  /** Tests and saves; `untested` saves although the server cannot be reached. Null where that went wrong: `attempt` says how. */
  async send(typed: Typed, passPhrase: string, untested = false): Promise<ConnectionView | null> {
    const connector = this.chosen;
    if (connector === null || this.trying) return null;
    this.pressed = true;
    const secrets = this.taken(this.fields, typed);
    if (this.missing.length > 0 || this.nameFlaw !== null || this.urlFlaw === 'none' || this.limitIsWrong || this.wantsHosts) return null;
    if (this.wantsPassPhrase && passPhrase === '') return null;
    return this.tryOut(passPhrase, () =>
      this.host.addConnection({
        name: this.name.trim(),
        connector: connector.id,
        url: this.url.trim(),
        secrets,
        keeping: this.keeping,
        folder: this.folder,
        limit: this.limit.trim() === '' ? null : Number(this.limit),
        hosts: connector.hosts,
        untested,
      }),
    );
  }
}

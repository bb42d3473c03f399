import { failureOf } from '../../shared/failure';
import type { ConnectionView, ConnectorOrigin, ConnectorView, Failure, SecretField, SecretKeeping, SecretsView } from '../../shared/wire';
import { Door, type PassPhrase, type Typed } from './door.svelte';
import { Reach } from './reach.svelte';

const order: Record<ConnectorOrigin, number> = { 'built-in': 0, own: 1, gallery: 2 };

/** Whether a connection can be called so: its name is a file's name as well. */
const fits = (name: string): boolean => /^[\p{L}\p{N}_-][\p{L}\p{N}_. -]{0,63}$/u.test(name);

/** A connection that is being added. Its secrets are handed through on sending and stand nowhere in here. */
export class Addition extends Door {
  connectors = $state.raw<ConnectorView[] | null>(null);
  /** Why nothing can be added. */
  failure = $state.raw<Failure | null>(null);
  chosen = $state.raw<ConnectorView | null>(null);
  secrets = $state.raw<SecretsView | null>(null);
  keeping = $state<SecretKeeping>('keychain');
  name = $state('');
  readonly reach = new Reach();
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
    this.passPhraseFlaw = null;
    if (connector !== null && this.name === '' && fits(connector.name) && !this.#taken.includes(connector.name)) this.name = connector.name;
  }

  async look(): Promise<void> {
    this.secrets = await this.host.secrets();
    this.keeping = this.secrets.keychain ? 'keychain' : 'file';
  }

  override get wantsPassPhrase(): boolean {
    return this.keeping === 'file' && this.fields.length > 0 && this.secrets?.fileIsOpen === false;
  }

  override get choosesPassPhrase(): boolean {
    return this.secrets?.fileIsNew ?? false;
  }

  protected override opened(): void {
    if (this.secrets !== null) this.secrets = { ...this.secrets, fileIsOpen: true, fileIsNew: false };
  }

  /** The fields of the way to sign in that was chosen. */
  get fields(): readonly SecretField[] {
    return this.chosen?.signIn[this.way] ?? [];
  }

  get nameFlaw(): 'none' | 'unfit' | 'taken' | null {
    const name = this.name.trim();
    if (name === '') return 'none';
    if (!fits(name)) return 'unfit';
    return this.#taken.includes(name) ? 'taken' : null;
  }

  get wantsHosts(): boolean {
    return (this.chosen?.hosts.length ?? 0) > 0 && !this.hostsConfirmed;
  }

  /** Tests and saves; `untested` saves although the server cannot be reached. Null where that went wrong: `attempt` says how. */
  async send(typed: Typed, passPhrase: PassPhrase, untested = false): Promise<ConnectionView | null> {
    const connector = this.chosen;
    if (connector === null || this.trying) return null;
    this.pressed = true;
    const secrets = this.taken(this.fields, typed);
    const canOpen = this.canOpen(passPhrase);
    if (!canOpen || this.missing.length > 0 || this.nameFlaw !== null || !this.reach.isSound || this.wantsHosts) return null;
    return this.tryOut(passPhrase, () =>
      this.host.addConnection({
        name: this.name.trim(),
        connector: connector.id,
        settings: this.reach.settings,
        secrets,
        // Nothing is kept where there is no sign-in: the sealed file stays shut for it.
        keeping: this.keeping === 'file' && this.fields.length === 0 ? 'session' : this.keeping,
        hosts: connector.hosts,
        untested,
      }),
    );
  }
}

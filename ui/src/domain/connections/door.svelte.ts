import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { Failure, SecretField, SecretKeeping, SecretsView } from '../../shared/wire';
import { isRefused, isUnreachable } from './trouble';

/** What was typed, by name. It is handed through and never held: the page's own fields are the only place where it stands. */
export type Typed = Readonly<Record<string, string>>;

/** Where an attempt stands. */
export type Attempt = { state: 'idle' } | { state: 'trying' } | { state: 'refused' | 'unreachable' | 'failed' | 'not-opened'; failure: Failure };

/** Signing in: which way, where it is kept, and how it went. */
export class Door {
  secrets = $state.raw<SecretsView | null>(null);
  keeping = $state<SecretKeeping>('keychain');
  way = $state(0);
  attempt = $state.raw<Attempt>({ state: 'idle' });
  /** Fields that were left empty. */
  missing = $state.raw<readonly string[]>([]);
  protected readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  async look(keeping?: SecretKeeping): Promise<void> {
    this.secrets = await this.host.secrets();
    this.keeping = keeping ?? (this.secrets.keychain ? 'keychain' : 'file');
  }

  /** Whether the sealed file must be opened first. */
  get wantsPassPhrase(): boolean {
    return this.keeping === 'file' && this.secrets !== null && !this.secrets.fileIsOpen;
  }

  get trying(): boolean {
    return this.attempt.state === 'trying';
  }

  /** The failure of the last attempt, if that is how it went. */
  failureAt(state: 'refused' | 'unreachable' | 'failed' | 'not-opened'): Failure | null {
    return this.attempt.state === state && 'failure' in this.attempt ? this.attempt.failure : null;
  }

  /** The secrets of the way that was chosen, without what was typed for another. */
  protected taken(fields: readonly SecretField[], typed: Typed): Record<string, string> {
    this.missing = fields.filter(({ name }) => (typed[name] ?? '') === '').map(({ name }) => name);
    return Object.fromEntries(fields.map(({ name }) => [name, typed[name] ?? '']));
  }

  /** Opens the sealed file where that is needed, then does it, and keeps how it went. */
  protected async tryOut<T>(passPhrase: string, work: () => Promise<T>): Promise<T | null> {
    this.attempt = { state: 'trying' };
    try {
      if (this.wantsPassPhrase) {
        await this.host.unlockSecrets(passPhrase);
        if (this.secrets !== null) this.secrets = { ...this.secrets, fileIsOpen: true };
      }
    } catch (caught) {
      this.attempt = { state: 'not-opened', failure: failureOf(caught) };
      return null;
    }
    try {
      const done = await work();
      this.attempt = { state: 'idle' };
      return done;
    } catch (caught) {
      const failure = failureOf(caught);
      this.attempt = { state: isRefused(failure) ? 'refused' : isUnreachable(failure) ? 'unreachable' : 'failed', failure };
      return null;
    }
  }
}

/** Signing in again to a connection that is there. */
export class SignIn extends Door {
  /** True when the server took it. */
  async send(connection: string, fields: readonly SecretField[], typed: Typed, passPhrase: string): Promise<boolean> {
    const secrets = this.taken(fields, typed);
    if (this.missing.length > 0 || this.trying) return false;
    return (await this.tryOut(passPhrase, () => this.host.signIn(connection, secrets).then(() => true))) ?? false;
  }
}

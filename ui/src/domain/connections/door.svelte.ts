import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { ConnectionView, Failure, SecretField } from '../../shared/wire';
import { isRefused, isUnreachable } from './trouble';

/** What was typed, by name. It is handed through and never held: the page's own fields are the only place where it stands. */
export type Typed = Readonly<Record<string, string>>;

/** What was typed as the pass phrase of the sealed file, and once more where it is being chosen. Handed through as well. */
export interface PassPhrase {
  once: string;
  again: string;
}

/** Where an attempt stands. */
export type Attempt = { state: 'idle' } | { state: 'trying' } | { state: 'refused' | 'unreachable' | 'failed' | 'not-opened'; failure: Failure };

/** Signing in: which way, whether the sealed file is to be opened first, and how it went. */
export abstract class Door {
  way = $state(0);
  attempt = $state.raw<Attempt>({ state: 'idle' });
  /** Fields that were left empty. */
  missing = $state.raw<readonly string[]>([]);
  /** What is wrong with the pass phrase as it was typed. */
  passPhraseFlaw = $state.raw<'none' | 'differs' | null>(null);
  protected readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  /** Whether the sealed file must be opened first. */
  abstract get wantsPassPhrase(): boolean;

  /** Whether the pass phrase becomes that of the file: nobody can recover it, so it is typed twice. */
  get choosesPassPhrase(): boolean {
    return false;
  }

  get trying(): boolean {
    return this.attempt.state === 'trying';
  }

  /** The failure of the last attempt, if that is how it went. */
  failureAt(state: 'refused' | 'unreachable' | 'failed' | 'not-opened'): Failure | null {
    return this.attempt.state === state && 'failure' in this.attempt ? this.attempt.failure : null;
  }

  /** The sealed file has been opened. */
  protected abstract opened(): void;

  /** The secrets of the way that was chosen, without what was typed for another. */
  protected taken(fields: readonly SecretField[], typed: Typed): Record<string, string> {
    this.missing = fields.filter(({ name }) => (typed[name] ?? '') === '').map(({ name }) => name);
    return Object.fromEntries(fields.map(({ name }) => [name, typed[name] ?? '']));
  }

  /** Whether the pass phrase can be used where one is wanted; what is wrong with it is kept. */
  protected canOpen({ once, again }: PassPhrase): boolean {
    if (!this.wantsPassPhrase) this.passPhraseFlaw = null;
    else if (once === '') this.passPhraseFlaw = 'none';
    else this.passPhraseFlaw = this.choosesPassPhrase && once !== again ? 'differs' : null;
    return this.passPhraseFlaw === null;
  }

  /** Opens the sealed file where that is needed, then does it, and keeps how it went. */
  protected async tryOut<T>(passPhrase: PassPhrase, work: () => Promise<T>): Promise<T | null> {
    this.attempt = { state: 'trying' };
    try {
      if (this.wantsPassPhrase) {
        await this.host.unlockSecrets(passPhrase.once);
        this.opened();
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

/** The door of a connection that is there: where its secrets are kept is settled. */
export abstract class KnownDoor extends Door {
  readonly connection: ConnectionView;
  #isClosed = $state(false);

  constructor(host: Host, connection: ConnectionView) {
    super(host);
    this.connection = connection;
    this.#isClosed = connection.isClosed;
  }

  override get wantsPassPhrase(): boolean {
    return this.#isClosed;
  }

  protected override opened(): void {
    this.#isClosed = false;
  }
}

/** Signing in again to a connection that is there, or opening what it has. */
export class SignIn extends KnownDoor {
  /** True when the server took it, or the sealed file was opened and nothing else typed: what waited for it goes on by itself. */
  async send(fields: readonly SecretField[], typed: Typed, passPhrase: PassPhrase): Promise<boolean> {
    if (this.trying) return false;
    const secrets = this.taken(fields, typed);
    const opensOnly = this.wantsPassPhrase && this.missing.length === fields.length;
    if (opensOnly) this.missing = [];
    if (!this.canOpen(passPhrase) || this.missing.length > 0) return false;
    const work = opensOnly ? () => Promise.resolve() : () => this.host.signIn(this.connection.name, secrets);
    return (await this.tryOut(passPhrase, () => work().then(() => true))) ?? false;
  }
}

import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { Failure, JobId, NewExport, TableCheck } from '../../shared/wire';

/** A table of wishes: looked at before anything is asked for. */
export class TableDraft {
  text = $state('');
  /** The file that it came from, if it did. */
  name = $state<string | null>(null);
  check = $state.raw<TableCheck | null>(null);
  checking = $state(false);
  asking = $state(false);
  /** A person said that rows with flaws are not to be asked for. */
  leaveOut = $state(false);
  /** Why it could not be looked at. */
  failure = $state.raw<Failure | null>(null);
  /** Why it could not be asked for. */
  refusal = $state.raw<Failure | null>(null);
  #revision = 0;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Takes a table over and looks at it; an answer to an older one is dropped. */
  async take(connection: string, text: string, name: string | null = null): Promise<void> {
    this.#revision += 1;
    const revision = this.#revision;
    this.text = text;
    this.name = name;
    this.failure = null;
    this.refusal = null;
    this.leaveOut = false;
    if (text.trim() === '') {
      this.check = null;
      this.checking = false;
      return;
    }
    this.checking = true;
    try {
      const check = await this.#host.checkTable(connection, text);
      if (revision === this.#revision) this.check = check;
    } catch (caught) {
      if (revision === this.#revision) {
        this.check = null;
        this.failure = failureOf(caught);
      }
    } finally {
      if (revision === this.#revision) this.checking = false;
    }
  }

  /** Goes back to the text, as it was taken. */
  edit(): void {
    this.#revision += 1;
    this.check = null;
    this.checking = false;
    this.failure = null;
    this.refusal = null;
  }

  /** Opens the system's dialog. */
  async choose(connection: string): Promise<void> {
    try {
      const chosen = await this.#host.chooseText();
      if (chosen !== null) await this.take(connection, chosen[1], chosen[0]);
    } catch (caught) {
      this.failure = failureOf(caught);
    }
  }

  /** How many rows can be asked for. */
  get good(): number {
    return this.check === null || this.check.flaw !== null ? 0 : this.check.total - this.check.flawed;
  }

  /** How many exports those make. */
  get exports(): number {
    return this.good === 0 ? 0 : (this.check?.exports ?? 0);
  }

  /** Whether a person has yet to say what becomes of rows with flaws, beside which there are good ones. */
  get wantsDecision(): boolean {
    return this.good > 0 && (this.check?.flawed ?? 0) > 0 && !this.leaveOut;
  }

  get canAsk(): boolean {
    return this.good > 0 && !this.wantsDecision && !this.checking;
  }

  /** Asks for every row that can be asked for. */
  async request(wanted: NewExport): Promise<JobId[] | null> {
    if (!this.canAsk || this.asking) return null;
    this.asking = true;
    this.refusal = null;
    try {
      return await this.#host.requestTable({ ...wanted, given: [], name: null }, this.text);
    } catch (caught) {
      this.refusal = failureOf(caught);
      return null;
    } finally {
      this.asking = false;
    }
  }
}

import type { JobId } from '../../shared/wire';

/** The jobs that a word names by an id or a file that their rows do not show. */
export type Found = ReadonlyMap<string, ReadonlySet<JobId>>;

/** Asks the app for the jobs of each word. */
export type Find = (words: string[]) => Promise<JobId[][]>;

/** Nobody has typed for so long, in milliseconds: then it is asked. */
const rest = 200;

/** Looks behind the rows for what is searched; the rows themselves are searched without it, at once. */
export class Finding {
  found: Found = new Map();
  readonly #find: Find;
  readonly #onfound: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(find: Find, onfound: () => void) {
    this.#find = find;
    this.#onfound = onfound;
  }

  /** Looks for these words instead of those before. */
  look(words: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
    if (words.length > 0) this.#timer = setTimeout(() => void this.#ask([...words]), rest);
    else this.found = new Map();
  }

  async #ask(words: string[]): Promise<void> {
    const turn = this.#turn;
    // What the app does not answer is found by its row alone.
    const ids = await this.#find(words).catch(() => null);
    if (ids === null || turn !== this.#turn) return;
    this.found = new Map(words.map((word, index) => [word, new Set(ids[index])]));
    this.#onfound();
  }
}

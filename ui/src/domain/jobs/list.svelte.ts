import type { FileKind, JobId, JobRow, Section } from '../../shared/wire';
import { keepPreferences, readPreferences, sections, type Preferences } from '../preferences';
import { wordsOf, type Filter } from './filter';
import { Finding, type Find } from './finding';
import { Selection, type Taking } from './selection.svelte';
import type { Sorting } from './sorting';
import type { JobCell, JobStore } from './store.svelte';

/** How a job is brought up: with all that it holds, or its line alone. */
export type Bringing = 'open' | 'sight';

/** What the list shows, in which order, and what of it is selected. */
export class JobList {
  readonly selection = new Selection();
  /** Was brought up: the keyboard is to go there. */
  brought = $state.raw<JobId | null>(null);
  readonly #jobs: JobStore;
  readonly #finding: Finding;
  #filter = $state.raw<Filter>({ section: 'active', connection: null, kind: null, search: '' });
  #preferences = $state.raw<Preferences>(readPreferences());
  /** Where the cursor stood, for when its job leaves the list. */
  #cursorIndex = 0;
  // Jobs come to what has landed and go from it only together with the numbers beside the list.
  readonly #unseen = $derived.by(() => {
    void this.#jobs.counts;
    return this.#landedAfter(this.#preferences.landedSeen);
  });

  constructor(jobs: JobStore, find: Find = () => Promise.resolve([])) {
    this.#jobs = jobs;
    this.#finding = new Finding(find, () => this.#show());
    this.#filter = { ...this.#filter, section: this.#preferences.section };
    this.#show();
  }

  get filter(): Filter {
    return this.#filter;
  }

  get sorting(): Sorting {
    return this.#preferences.sorting[this.#filter.section];
  }

  get paneOpen(): boolean {
    return this.#preferences.paneOpen;
  }

  get cells(): readonly JobCell[] {
    return this.#jobs.shown;
  }

  /** Whether something besides the section keeps jobs out of the list. */
  get narrowed(): boolean {
    return this.#filter.connection !== null || this.#filter.kind !== null || this.#filter.search !== '';
  }

  get selected(): JobRow[] {
    return this.cells.filter((cell) => this.selection.has(cell.id)).map((cell) => cell.row);
  }

  /** The index of the line where the keyboard is; the first where it is nowhere. */
  get cursorIndex(): number {
    const at = this.cells.findIndex((cell) => cell.id === this.selection.cursor);
    return at === -1 ? 0 : at;
  }

  /** What has landed and was not looked at yet. */
  get unseen(): readonly JobRow[] {
    return this.#unseen;
  }

  /** To be called while what has landed is in sight. */
  seeLanded(): void {
    const newest = this.#landedAfter(this.#preferences.landedSeen).reduce((latest, row) => Math.max(latest, Date.parse(row.updatedAt)), 0);
    if (newest > 0) this.#prefer({ landedSeen: newest });
  }

  goTo(section: Section): void {
    if (this.#filter.section === 'landed') this.seeLanded();
    this.#narrow({ section });
    this.#prefer({ section });
  }

  /** One connection's only; all again when it was that one already. */
  ofConnection(connection: string | null): void {
    this.#narrow({ connection: this.#filter.connection === connection ? null : connection });
  }

  ofKind(kind: FileKind | null): void {
    this.#narrow({ kind });
  }

  search(search: string): void {
    this.#narrow({ search });
  }

  /** To be called when jobs came or went: some may be what is searched for. */
  searchAgain(): void {
    if (this.#filter.search !== '') this.#finding.look(wordsOf(this.#filter.search));
  }

  /** Where else something fits the filter and the search, and how much. */
  elsewhere(): [Section, number][] {
    const counts = this.#jobs.elsewhere();
    return sections.flatMap((section) => (counts.has(section) ? [[section, counts.get(section) ?? 0]] : []));
  }

  widen(): void {
    this.#narrow({ connection: null, kind: null, search: '' });
  }

  sort(by: Sorting): void {
    this.#prefer({ sorting: { ...this.#preferences.sorting, [this.#filter.section]: by } });
    this.#show();
  }

  openPane(open: boolean): void {
    this.#prefer({ paneOpen: open });
  }

  /** Goes where the job is, selects it and opens its pane; or only brings its line into sight. False where it is not there. */
  bringUp(id: JobId, how: Bringing = 'open'): boolean {
    const row = this.#jobs.row(id);
    if (row === undefined) return false;
    this.#narrow({ section: row.section, connection: null, kind: null, search: '' });
    this.brought = id;
    if (how === 'sight') this.moveTo(this.cells.findIndex((cell) => cell.id === id), null);
    else {
      this.take(id, 'only');
      this.openPane(true);
    }
    return true;
  }

  take(id: JobId, how: Taking): void {
    this.selection.take(id, how, this.#ids());
    this.#cursorIndex = this.cursorIndex;
  }

  /** Moves the cursor to a line; selects on the way unless `how` is null. */
  moveTo(index: number, how: Taking | null): void {
    this.selection.move(index, how, this.#ids());
    this.#cursorIndex = this.cursorIndex;
  }

  takeAll(): void {
    this.selection.all(this.#ids());
  }

  /** To be called when the lines changed: the selection holds only what is there. */
  settle(): void {
    this.selection.keep(this.#ids(), this.#cursorIndex);
    this.#cursorIndex = this.cursorIndex;
  }

  #landedAfter(time: number): JobRow[] {
    return [...this.#jobs.rows()].filter((row) => row.section === 'landed' && Date.parse(row.updatedAt) > time);
  }

  #ids(): JobId[] {
    return this.cells.map((cell) => cell.id);
  }

  #narrow(change: Partial<Filter>): void {
    this.#filter = { ...this.#filter, ...change };
    if (change.search !== undefined) this.#finding.look(wordsOf(change.search));
    this.#show();
    this.settle();
  }

  #show(): void {
    this.#jobs.show(this.#filter, this.sorting, this.#finding.found);
  }

  #prefer(change: Partial<Preferences>): void {
    this.#preferences = { ...this.#preferences, ...change };
    keepPreferences(this.#preferences);
  }
}

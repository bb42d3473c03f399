import type { Change, Desk, JobId, JobRow, Section } from '../../shared/wire';
import { matches, matchesElsewhere, wordsOf, type Filter } from './filter';
import type { Found } from './finding';
import { compareKeys, sameKey, sortKey, type SortKey, type Sorting } from './sorting';
import { countsDiffer, Tally, type Counts } from './tally';

/** One job of the list. Its row is a signal of its own: a job that goes forward draws one line anew and nothing else. */
export class JobCell {
  row: JobRow;
  key: SortKey = [];
  shown = false;

  constructor(row: JobRow) {
    this.row = $state.raw(row);
  }

  get id(): JobId {
    return this.row.id;
  }
}

/** All jobs as the app tells them, and those of them that the list shows, in its order. */
export class JobStore {
  #cells = new Map<JobId, JobCell>();
  #tally = new Tally();
  #filter: Filter = { section: 'active', connection: null, kind: null, search: '' };
  #words: string[] = [];
  #found: Found = new Map();
  #sorting: Sorting = 'turn';
  #revision: number | undefined;

  /** The jobs that the list shows, in its order; another array whenever one comes, goes or moves. */
  shown = $state.raw<readonly JobCell[]>([]);
  counts = $state.raw<Counts>(this.#tally.counts());
  desk = $state.raw<Desk | null>(null);
  /** Rises with every change of any job, for what looks at all of them. */
  version = $state(0);
  /** True once the app has told everything. */
  ready = $state(false);

  get size(): number {
    return this.#cells.size;
  }

  cell(id: JobId): JobCell | undefined {
    return this.#cells.get(id);
  }

  row(id: JobId): JobRow | undefined {
    return this.#cells.get(id)?.row;
  }

  *rows(): Iterable<JobRow> {
    for (const cell of this.#cells.values()) yield cell.row;
  }

  /** Takes over what the app told. False when it does not go with what is here, so that everything must be told anew. */
  apply(change: Change): boolean {
    if (change.type === 'whole') this.#begin(change.rows);
    else if (this.#revision === undefined || change.revision < this.#revision) return false;
    else this.#takeOver(change.rows, change.gone);
    this.#revision = change.revision;
    if (change.desk !== null) this.desk = change.desk;
    this.version += 1;
    this.ready = true;
    return true;
  }

  /** Shows other jobs, or the same in another order. */
  show(filter: Filter, sorting: Sorting, found: Found = new Map()): void {
    this.#found = found;
    this.#filter = filter;
    this.#words = wordsOf(filter.search);
    this.#sorting = sorting;
    this.#arrange();
  }

  /** How many of the other parts of the list fit the filter and the search. */
  elsewhere(): Map<Section, number> {
    const counts = new Map<Section, number>();
    for (const { row } of this.#cells.values()) {
      if (row.section !== this.#filter.section && matchesElsewhere(row, this.#filter, this.#words, this.#found)) counts.set(row.section, (counts.get(row.section) ?? 0) + 1);
    }
    return counts;
  }

  #begin(rows: readonly JobRow[]): void {
    const before = this.#cells;
    this.#cells = new Map();
    this.#tally = new Tally();
    for (const row of rows) {
      // Cells that stay keep their identity, so that selection and drawn lines stay too.
      const cell = before.get(row.id) ?? new JobCell(row);
      cell.row = row;
      this.#cells.set(row.id, cell);
      this.#tally.add(row);
    }
    this.counts = this.#tally.counts();
    this.#arrange();
  }

  #arrange(): void {
    const shown: JobCell[] = [];
    for (const cell of this.#cells.values()) {
      cell.shown = matches(cell.row, this.#filter, this.#words, this.#found);
      if (!cell.shown) continue;
      cell.key = sortKey(cell.row, this.#sorting);
      shown.push(cell);
    }
    this.shown = shown.sort((left, right) => compareKeys(left.key, right.key));
  }

  #takeOver(rows: readonly JobRow[], gone: readonly JobId[]): void {
    const leaving = new Set<JobCell>();
    const coming = new Set<JobCell>();
    let counted = false;
    for (const row of rows) counted = this.#takeRow(row, leaving, coming) || counted;
    for (const id of gone) counted = this.#drop(id, leaving) || counted;
    if (counted) this.counts = this.#tally.counts();
    if (leaving.size > 0 || coming.size > 0) this.shown = merged(this.shown, leaving, coming);
  }

  /** True when the numbers beside the list changed. */
  #takeRow(row: JobRow, leaving: Set<JobCell>, coming: Set<JobCell>): boolean {
    let cell = this.#cells.get(row.id);
    const before = cell?.row;
    if (cell === undefined) {
      cell = new JobCell(row);
      this.#cells.set(row.id, cell);
    } else cell.row = row;
    this.#place(cell, leaving, coming);
    if (before !== undefined && !countsDiffer(before, row)) return false;
    if (before !== undefined) this.#tally.remove(before);
    this.#tally.add(row);
    return true;
  }

  #place(cell: JobCell, leaving: Set<JobCell>, coming: Set<JobCell>): void {
    const shows = matches(cell.row, this.#filter, this.#words, this.#found);
    const key = shows ? sortKey(cell.row, this.#sorting) : cell.key;
    if (cell.shown && shows && sameKey(cell.key, key)) return;
    if (cell.shown) leaving.add(cell);
    if (shows) coming.add(cell);
    cell.shown = shows;
    cell.key = key;
  }

  #drop(id: JobId, leaving: Set<JobCell>): boolean {
    const cell = this.#cells.get(id);
    if (cell === undefined) return false;
    this.#cells.delete(id);
    this.#tally.remove(cell.row);
    if (cell.shown) leaving.add(cell);
    cell.shown = false;
    return true;
  }
}

/** The list without those that leave and with those that come, in one pass and without sorting what stays. */
function merged(before: readonly JobCell[], leaving: ReadonlySet<JobCell>, coming: ReadonlySet<JobCell>): JobCell[] {
  const fresh = [...coming].filter((cell) => cell.shown).sort((left, right) => compareKeys(left.key, right.key));
  const after: JobCell[] = [];
  let next = 0;
  for (const cell of before) {
    if (leaving.has(cell)) continue;
    for (let one = fresh[next]; one !== undefined && compareKeys(one.key, cell.key) < 0; one = fresh[next]) {
      after.push(one);
      next += 1;
    }
    after.push(cell);
  }
  return after.concat(fresh.slice(next));
}

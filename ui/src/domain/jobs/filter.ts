import type { Found } from './finding';
import type { FileKind, JobRow, Section } from '../../shared/wire';

/** Which jobs the list shows. */
export interface Filter {
  section: Section;
  /** One connection's only. */
  connection: string | null;
  /** One kind's only. */
  kind: FileKind | null;
  /** Words that must all stand in the row. */
  search: string;
}

/** The words of a search, as they are compared. */
export function wordsOf(search: string): string[] {
  return search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

/** Everything of a row that can be searched. */
export function searchable(row: JobRow): string {
  return [row.title, row.connection, row.id, row.badge, row.stage, row.trouble].filter(Boolean).join('\n').toLocaleLowerCase();
}

/** Whether a row is in the list; `words` are those of the filter's search, `found` what they name behind the rows. */
export function matches(row: JobRow, filter: Filter, words: readonly string[], found: Found): boolean {
  return row.section === filter.section && matchesElsewhere(row, filter, words, found);
}

/** The same for whichever part of the list. */
export function matchesElsewhere(row: JobRow, filter: Filter, words: readonly string[], found: Found): boolean {
  if (filter.connection !== null && row.connection !== filter.connection) return false;
  if (filter.kind !== null && row.kind !== filter.kind) return false;
  if (words.length === 0) return true;
  const written = searchable(row);
  return words.every((word) => written.includes(word) || found.get(word)?.has(row.id) === true);
}

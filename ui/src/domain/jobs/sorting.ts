import { language } from '../../shared/i18n';
import type { JobRow } from '../../shared/wire';

/** By what the list can be sorted. `turn` is the order in which jobs get their turn. */
export const sortings = ['turn', 'newest', 'changed', 'soonest', 'name', 'connection', 'size'] as const;

export type Sorting = (typeof sortings)[number];

/** What a row is sorted by: compared before anything is moved, so that a row that only went forward stays where it is. */
export type SortKey = readonly (number | string)[];

const keys: Record<Sorting, (row: JobRow) => SortKey> = {
  turn: (row) => [-row.priority, row.createdAt],
  newest: (row) => [-Date.parse(row.createdAt)],
  changed: (row) => [-Date.parse(row.updatedAt)],
  // In steps of a minute, so that rows that end nearly together do not change places all the time.
  soonest: (row) => [row.etaSeconds === null ? Infinity : Math.ceil(row.etaSeconds / 60)],
  name: (row) => [row.title],
  connection: (row) => [row.connection ?? '', row.title],
  size: (row) => [-(row.total ?? row.bytes)],
};

export function sortKey(row: JobRow, by: Sorting): SortKey {
  return [...keys[by](row), row.id];
}

export function sameKey(left: SortKey, right: SortKey): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index]);
}

let collator: { locale: string; compare: (left: string, right: string) => number } | undefined;

function compareTexts(left: string, right: string): number {
  if (collator?.locale !== language.locale) {
    collator = { locale: language.locale, compare: new Intl.Collator(language.locale, { numeric: true }).compare };
  }
  return collator.compare(left, right);
}

export function compareKeys(left: SortKey, right: SortKey): number {
  for (let index = 0; index < left.length; index += 1) {
    const a = left[index];
    const b = right[index];
    if (a === b || a === undefined || b === undefined) continue;
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    const order = compareTexts(String(a), String(b));
    if (order !== 0) return order;
  }
  return 0;
}

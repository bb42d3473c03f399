import { expect, it } from 'vitest';
import { rowOf } from '../../../tests/rows';
import { compareKeys, sameKey, sortings, sortKey, type Sorting } from './sorting';
import type { JobRow } from '../../shared/wire';

function sorted(by: Sorting, rows: JobRow[]): string[] {
  return rows.toSorted((left, right) => compareKeys(sortKey(left, by), sortKey(right, by))).map((row) => row.id);
}

const rows = [
  rowOf({ id: 'a', title: 'Quay 10', connection: 'B', etaSeconds: null, total: 10, createdAt: '2026-11-01T00:00:00Z', updatedAt: '2026-11-05T00:00:00Z' }),
  rowOf({ id: 'b', title: 'Quay 9', connection: 'A', etaSeconds: 500, total: 30, createdAt: '2026-11-02T00:00:00Z', updatedAt: '2026-11-02T00:00:00Z' }),
  rowOf({ id: 'c', title: 'quay 8', connection: 'A', etaSeconds: 20, total: 20, priority: 1, createdAt: '2026-11-03T00:00:00Z', updatedAt: '2026-11-03T00:00:00Z' }),
];

it.each([
  ['turn', 'cab'],
  ['newest', 'cba'],
  ['changed', 'acb'],
  ['soonest', 'cba'],
  ['name', 'cba'],
  ['connection', 'cba'],
  ['size', 'bca'],
] as const)('by %s', (by, order) => {
  expect(sorted(by, rows).join('')).toBe(order);
});

it('by every way has a key that is the same for the same row, and another for another', () => {
  for (const by of sortings) {
    expect(sameKey(sortKey(rowOf(), by), sortKey(rowOf(), by)), by).toBe(true);
    expect(sameKey(sortKey(rowOf(), by), sortKey(rowOf({ id: 'z' }), by)), by).toBe(false);
  }
});

it('keeps a row in its place while its end only comes nearer within a minute', () => {
  expect(sameKey(sortKey(rowOf({ etaSeconds: 119 }), 'soonest'), sortKey(rowOf({ etaSeconds: 61 }), 'soonest'))).toBe(true);
});

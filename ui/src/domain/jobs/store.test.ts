import { describe, expect, it } from 'vitest';
import { delta, rowOf, rowsOf, whole } from '../../../tests/rows';
import type { JobRow } from '../../shared/wire';
import { JobStore } from './store.svelte';

const active = { section: 'active', connection: null, kind: null, search: '' } as const;
const ids = (store: JobStore): string[] => store.shown.map((cell) => cell.id);

function storeWith(rows: JobRow[]): JobStore {
  const store = new JobStore();
  store.apply(whole(rows));
  return store;
}

describe('the whole', () => {
  it('shows the jobs of the section in the order of their turns', () => {
    const store = storeWith([...rowsOf(3), rowOf({ id: 'first', priority: 2 }), rowOf({ id: 'over', section: 'landed', phase: 'landed' })]);
    expect(ids(store)).toEqual(['first', 'r0', 'r1', 'r2']);
    expect(store.counts.sections).toEqual({ active: 4, 'waiting-for-me': 0, landed: 1, ended: 0 });
    expect(store.ready).toBe(true);
  });

  it('told again forgets what is gone and keeps the cells of what stays', () => {
    const store = storeWith(rowsOf(3));
    const kept = store.cell('r1');
    store.apply(whole(rowsOf(2), 9));
    expect(ids(store)).toEqual(['r0', 'r1']);
    expect(store.cell('r1'), 'a line that stays is not drawn anew').toBe(kept);
    expect(store.counts.sections.active).toBe(2);
  });
});

describe('a delta', () => {
  it('that only goes forward moves no line', () => {
    const store = storeWith(rowsOf(3));
    const before = store.shown;
    store.apply(delta([rowOf({ ...store.row('r1'), bytes: 500, downloadPart: 0.5 })]));
    expect(store.shown, 'the order is the same array').toBe(before);
    expect(store.row('r1')?.bytes).toBe(500);
  });

  it('brings new jobs to their place', () => {
    const store = storeWith(rowsOf(3));
    store.apply(delta([rowOf({ id: 'urgent', priority: 1 }), rowOf({ id: 'last', createdAt: '2027-01-01T00:00:00Z' })]));
    expect(ids(store)).toEqual(['urgent', 'r0', 'r1', 'r2', 'last']);
    expect(store.counts.sections.active).toBe(5);
  });

  it('takes away what is gone and what went to another section', () => {
    const store = storeWith(rowsOf(4));
    store.apply(delta([rowOf({ ...store.row('r2'), section: 'landed', phase: 'landed' })], ['r0']));
    expect(ids(store)).toEqual(['r1', 'r3']);
    expect(store.counts.sections).toMatchObject({ active: 2, landed: 1 });
    expect(store.counts.connections.get('Harbour cameras'), 'landed jobs no longer count for the connection').toBe(2);
  });

  it('moves a job whose turn changed', () => {
    const store = storeWith(rowsOf(4));
    store.apply(delta([rowOf({ ...store.row('r3'), priority: 5 })]));
    expect(ids(store)).toEqual(['r3', 'r0', 'r1', 'r2']);
  });

  it('holding the same job twice ends with the later', () => {
    const store = storeWith(rowsOf(3));
    store.apply(delta([rowOf({ ...store.row('r2'), priority: 5 }), rowOf({ ...store.row('r2'), priority: -1, title: 'later' })]));
    expect(ids(store)).toEqual(['r0', 'r1', 'r2']);
    expect(store.row('r2')?.title).toBe('later');
  });

  it('before the whole is refused', () => {
    expect(new JobStore().apply(delta([rowOf()]))).toBe(false);
  });

  it('older than what is here is refused and changes nothing', () => {
    const store = new JobStore();
    store.apply(whole(rowsOf(2), 7));
    expect(store.apply(delta([], ['r0'], 6))).toBe(false);
    expect(store.size).toBe(2);
  });
});

describe('what is shown', () => {
  it('is narrowed by connection, kind and every word of the search', () => {
    const store = storeWith([
      rowOf({ id: 'a', title: 'Quay 7 morning' }),
      rowOf({ id: 'b', title: 'Quay 7 evening', connection: 'Render farm' }),
      rowOf({ id: 'c', title: 'Report', kind: 'document' }),
    ]);
    store.show({ ...active, search: 'EVENING quay' }, 'turn');
    expect(ids(store)).toEqual(['b']);
    store.show({ ...active, connection: 'Harbour cameras' }, 'name');
    expect(ids(store)).toEqual(['a', 'c']);
    store.show({ ...active, kind: 'document' }, 'name');
    expect(ids(store)).toEqual(['c']);
  });

  it('is kept up by deltas while it is searched', () => {
    const store = storeWith(rowsOf(3));
    store.show({ ...active, search: 'berth' }, 'turn');
    expect(ids(store)).toEqual([]);
    store.apply(delta([rowOf({ ...store.row('r1'), title: 'Berth 4' })]));
    expect(ids(store)).toEqual(['r1']);
    store.apply(delta([rowOf({ ...store.row('r1'), title: 'Quay' })], [], 3));
    expect(ids(store)).toEqual([]);
  });

  it('is the same after a thousand deltas as told at once', () => {
    const store = storeWith(rowsOf(300));
    const latest = new Map([...store.rows()].map((row) => [row.id, row]));
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let revision = 2; revision < 1000; revision += 1) {
      const id = `r${random(320).toString()}`;
      const row = rowOf({ ...(latest.get(id) ?? rowOf({ id })), priority: random(4), section: random(5) === 0 ? 'landed' : 'active' });
      const goes = random(10) === 0 && latest.has(id);
      if (goes) latest.delete(id);
      else latest.set(id, row);
      expect(store.apply(delta(goes ? [] : [row], goes ? [id] : [], revision))).toBe(true);
    }
    const told = storeWith([...latest.values()]);
    expect(ids(store)).toEqual(ids(told));
    expect(store.counts).toEqual(told.counts);
  });
});

import { expect, test } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import type { TableCheck } from '../../shared/wire';
import { TableDraft } from './table.svelte';

const wanted = { connection: 'Harbour cameras', given: [], folder: null, name: null, extract: false, priority: 0, notBefore: null };

test('a table with a flawed row is shown and not asked for', async () => {
  const table = new TableDraft(fakeHost());
  await table.take('Harbour cameras', 'camera,interval\nquay-1,x\nquay-2,,\n', 'wishes.csv');
  expect(table.check).toMatchObject({ total: 2, flawed: 1 });
  expect(table.canAsk).toBe(false);
  expect(await table.request(wanted)).toBeNull();
});

test('every row of a sound table is asked for', async () => {
  const table = new TableDraft(fakeHost());
  await table.take('Harbour cameras', 'camera,interval\nquay-1,x\nquay-2,y\n');
  expect(await table.request(wanted)).toHaveLength(2);
});

test('an answer about an older table is dropped', async () => {
  const host = fakeHost();
  const checkTable = host.checkTable;
  let answerFirst: ((check: TableCheck) => void) | undefined;
  host.checkTable = (connection, text) => (text.startsWith('old') ? new Promise((answer) => (answerFirst = answer)) : checkTable(connection, text));
  const table = new TableDraft(host);
  const old = table.take('Harbour cameras', 'old\n1');
  await table.take('Harbour cameras', 'camera\nquay-1\nquay-2\n');
  answerFirst?.({ flaw: null, columns: ['old'], rows: [], total: 9, flawed: 0 });
  await old;
  expect(table.check?.total).toBe(2);
  expect(table.checking).toBe(false);
});

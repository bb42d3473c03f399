import { expect, test, vi } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import type { TableCheck } from '../../shared/wire';
import { TableDraft } from './table.svelte';

const wanted = { connection: 'Harbour cameras', given: [], folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null };

const wishes = 'camera,interval\nquay-1,x\nquay-2,,\nquay-3,y\n';

test('a table with a flawed row is not asked for until a person leaves that row out', async () => {
  const host = fakeHost();
  const request = vi.spyOn(host, 'requestTable');
  const table = new TableDraft(host);
  await table.take('Harbour cameras', wishes, 'wishes.csv');
  expect(table.check).toMatchObject({ total: 3, flawed: 1 });
  expect(table.wantsDecision).toBe(true);
  expect(await table.request(wanted)).toBeNull();
  table.leaveOut = true;
  expect([table.canAsk, table.good]).toEqual([true, 2]);
  await table.request(wanted);
  expect(request, 'the app itself asks for the good rows alone').toHaveBeenCalledWith(expect.anything(), wishes);
});

test('where no row is good there is nothing to decide and nothing to ask for', async () => {
  const table = new TableDraft(fakeHost());
  await table.take('Harbour cameras', 'camera,interval\nquay-2,,\n');
  table.leaveOut = true;
  expect([table.wantsDecision, table.canAsk]).toEqual([false, false]);
});

test('going back keeps the text, and what was decided about other rows is forgotten', async () => {
  const table = new TableDraft(fakeHost());
  await table.take('Harbour cameras', wishes, 'wishes.csv');
  table.leaveOut = true;
  table.edit();
  expect([table.check, table.text, table.name]).toEqual([null, wishes, 'wishes.csv']);
  await table.take('Harbour cameras', table.text);
  expect(table.canAsk).toBe(false);
});

test('an answer that comes after somebody went back is dropped', async () => {
  const table = new TableDraft(fakeHost());
  const looked = table.take('Harbour cameras', wishes);
  table.edit();
  await looked;
  expect([table.check, table.checking]).toEqual([null, false]);
});

test('every row of a sound table is asked for, and a refusal leaves the table where it is', async () => {
  const host = fakeHost();
  const table = new TableDraft(host);
  await table.take('Harbour cameras', 'camera,interval\nquay-1,x\nquay-2,y\n');
  vi.spyOn(host, 'requestTable').mockRejectedValueOnce(new Error('The server is busy'));
  expect(await table.request(wanted)).toBeNull();
  expect(table.refusal?.message).toBe('The server is busy');
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
  answerFirst?.({ flaw: null, columns: ['old'], rows: [], total: 9, exports: 9, flawed: 0 });
  await old;
  expect(table.check?.total).toBe(2);
  expect(table.checking).toBe(false);
});

// What servers, files and persons name twice is drawn all the same.
import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { noon } from '../../tests/rows';
import { Comparison } from '../domain/compare/comparison.svelte';
import { ExportDraft } from '../domain/exports/draft.svelte';
import { TableDraft } from '../domain/exports/table.svelte';
import { ChipsInput, Menu } from '../shared/base';
import { useHost } from '../shared/host/current';
import { fakeHost, type FakeHost } from '../shared/host/fake';
import { formOf } from '../shared/host/fake/connections';
import { router } from '../shared/router';
import type { FileSnapshot, ParamField, TableCheck } from '../shared/wire';
import Hosts from './connections/Hosts.svelte';
import SecretFields from './connections/SecretFields.svelte';
import JsonTree from './detail/JsonTree.svelte';
import PreviewPart from './detail/PreviewPart.svelte';
import MainWindow from './main/MainWindow.svelte';
import ChoiceTicks from './new-export/ChoiceTicks.svelte';
import TablePreview from './new-export/TablePreview.svelte';
import { Addition } from '../domain/connections/addition.svelte';

beforeEach(() => router.go({ view: 'list' }));

const twice = <T>(one: T): T[] => [one, one];
const nothing = (): void => undefined;

test('values in one field, of which one is taken away', async () => {
  const onchange = vi.fn();
  render(ChipsInput, { id: 'a', values: ['quay', 'pier', 'quay'], describedby: undefined, invalid: undefined, onchange });
  await fireEvent.click(screen.getAllByRole('button', { name: 'Remove quay' })[1] ?? expect.fail('both are there'));
  expect(onchange).toHaveBeenCalledWith(['quay', 'pier']);
});

test('choices to tick', () => {
  render(ChoiceTicks, { label: 'Camera', choices: twice({ value: 'quay-1', label: 'Quay 1' }), values: twice('quay-1'), onchange: nothing });
  expect(screen.getAllByRole('checkbox')).toHaveLength(2);
});

async function formWith(host: FakeHost, connection: string): Promise<void> {
  useHost(host);
  router.go({ view: 'new-export', connection });
  render(MainWindow, { host });
  await screen.findByRole('combobox', { name: 'Connection' });
}

test('choices that a server names twice are there once, in a list and to tick', async () => {
  const host = fakeHost();
  vi.spyOn(host, 'choices').mockResolvedValue([...twice({ value: 'a', label: 'A' }), { value: 'b', label: 'B' }]);
  await formWith(host, 'Take-off reports');
  const project = await screen.findByLabelText<HTMLSelectElement>(/^Project/);
  await vi.waitFor(() => expect([...project.options].map(({ value }) => value)).toEqual(['', 'a', 'b']));
});

test('choices and values of a connector file and of a template', async () => {
  const host = fakeHost();
  const form = formOf((await host.connections())[0] ?? expect.fail('there is one'));
  const format = { ...(form.fields[2] as ParamField), many: true, choices: twice({ value: 'mp4', label: 'MP4' }) };
  vi.spyOn(host, 'form').mockResolvedValue({ ...form, fields: twice(format), templates: twice({ name: 'Daily', export: { connection: 'Harbour cameras', given: twice(['format', 'old'] as [string, string]), folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null }, shiftsTimes: false }) });
  await formWith(host, 'Harbour cameras');
  await vi.waitFor(() => expect(screen.getAllByRole('checkbox', { name: 'MP4' })).toHaveLength(1));
  await fireEvent.click(screen.getByRole('button', { name: 'Templates' }));
  await fireEvent.click(screen.getAllByRole('button', { name: 'Daily' })[1] ?? expect.fail('both are there'));
  await vi.waitFor(() => expect(screen.getAllByRole('checkbox', { name: 'old' })).toHaveLength(1));
});

test('fields of a form are asked for once', async () => {
  const host = fakeHost();
  const form = await host.form('Harbour cameras');
  vi.spyOn(host, 'form').mockResolvedValue({ ...form, fields: [...form.fields, ...form.fields] });
  const draft = new ExportDraft(host);
  await draft.load('Harbour cameras');
  expect(draft.fields.map(({ name }) => name)).toEqual(form.fields.map(({ name }) => name));
});

test('lines of a table', () => {
  const row = { line: 2, title: 'quay-1', cells: ['quay-1', 'quay-1'], flaw: null };
  const check: TableCheck = { flaw: null, columns: twice('camera'), rows: twice(row), total: 2, exports: 2, flawed: 0 };
  render(TablePreview, { table: new TableDraft(fakeHost()), check, onedit: nothing });
  expect(screen.getAllByRole('row')).toHaveLength(3);
});

test('names in an archive, facts of a picture, members of a tree', () => {
  render(PreviewPart, { preview: { type: 'listing', entries: twice(['a.csv', 12] as [string, number]), total: 2 }, onopen: nothing });
  expect(screen.getAllByText('a.csv')).toHaveLength(2);
  render(PreviewPart, { preview: { type: 'picture', source: 'data:,', alt: '', facts: twice(['Pages', '12'] as [string, string]) }, onopen: nothing });
  expect(screen.getAllByText('Pages')).toHaveLength(2);
  render(JsonTree, { value: { list: ['same', 'same'] }, depth: 0 });
  expect(screen.getAllByText('"same"')).toHaveLength(2);
});

test('files, facts of a package, and lines of the way there', async () => {
  const host = fakeHost({ start: noon });
  useHost(host);
  const detail = await host.detail('l3');
  const [file] = detail.job.files as [FileSnapshot];
  vi.spyOn(host, 'detail').mockResolvedValue({ ...detail, job: { ...detail.job, files: twice(file) }, params: twice(['Project', 'Süd'] as [string, string]), timeline: twice(detail.timeline[0] ?? expect.fail('there is one')) });
  const holds = await host.components('l3');
  vi.spyOn(host, 'components').mockResolvedValue({ ...holds, facts: twice(['Version', '1'] as [string, string]), components: twice(holds.components[0] ?? expect.fail('there is one')) });
  render(MainWindow, { host });
  await vi.waitFor(() => expect(host.world.ask).toBeDefined());
  host.world.ask?.({ type: 'show-job', id: 'l3' });
  const pane = await screen.findByRole('region', { name: 'Details of the export' });
  await vi.waitFor(() => expect(within(pane).getAllByText('Version')).toHaveLength(2));
  expect(within(pane).getAllByText(/^SHA-256/)).toHaveLength(2);
  expect(within(pane).getAllByText('Asked the server')).toHaveLength(2);
});

test('values that differ at one place twice have keys of their own', async () => {
  const host = fakeHost();
  vi.spyOn(host, 'compare').mockResolvedValue({ left: 'a', right: 'b', same: 0, components: [{ provider: 'users', name: 'Users', change: 'changed', values: [['name', '1', '2'], ['other', '1', '2'], ['name', '3', '4']] }] });
  const comparison = new Comparison(host);
  await comparison.load('a', 'b');
  const keys = comparison.lines.map(({ key }) => key);
  expect(new Set(keys).size).toBe(4);
  comparison.words = '4';
  expect(comparison.lines.map(({ key }) => key), 'a line keeps its own').toEqual([keys[0], keys[3]]);
});

test('hosts and secrets of a connector file', async () => {
  const addition = new Addition(fakeHost());
  await addition.load();
  const connector = addition.connectors?.[0] ?? expect.fail('there is one');
  addition.choose({ ...connector, hosts: twice('files.example.com') });
  render(Hosts, { addition });
  expect(screen.getAllByText('files.example.com')).toHaveLength(2);
  render(SecretFields, { ways: [twice({ name: 'token', label: 'Token', isPublic: false })], way: 0, missing: [], refusal: null, onway: nothing });
  expect(screen.getAllByLabelText('Token')).toHaveLength(2);
});

test('connectors, to choose from and in their view', async () => {
  const host = fakeHost();
  useHost(host);
  vi.spyOn(host, 'connectors').mockResolvedValue(twice((await fakeHost().connectors())[0] ?? expect.fail('there is one')));
  router.go({ view: 'connections', add: true });
  render(MainWindow, { host });
  expect(await screen.findAllByRole('button', { name: /^Camera clips/ })).toHaveLength(2);
  router.go({ view: 'connectors' });
  expect(await screen.findAllByRole('listitem', { name: 'Camera clips' })).toHaveLength(2);
});

test('notices are told once, and orders of the same words each stand in a menu', async () => {
  const host = fakeHost({ start: noon });
  useHost(host);
  host.world.notices = twice(host.world.notices[0] ?? expect.fail('there is one'));
  render(MainWindow, { host });
  await fireEvent.click(await screen.findByRole('button', { name: 'Notices, 1 new' }));
  expect(await screen.findAllByRole('button', { name: /^Link ends before the download/ })).toHaveLength(1);
  render(Menu, { label: 'Orders', items: twice({ label: 'Open', run: nothing }), at: { x: 0, y: 0 }, onclose: nothing });
  expect(screen.getAllByRole('menuitem')).toHaveLength(2);
});

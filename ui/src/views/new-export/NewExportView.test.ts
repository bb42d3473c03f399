import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { fakeHost, type FakeHost } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import type { Host } from '../../shared/host';
import { router, type Place } from '../../shared/router';
import type { JobId } from '../../shared/wire';
import MainWindow from '../main/MainWindow.svelte';

beforeEach(() => router.go({ view: 'list' }));

function open(host: Host, place: Omit<Extract<Place, { view: 'new-export' }>, 'view'>): void {
  useHost(host);
  router.go({ view: 'new-export', ...place });
  render(MainWindow, { host });
}

test('a flaw stands at its field, is tied to it and gets the focus', async () => {
  open(fakeHost(), { connection: 'Matter packages' });
  const field = await screen.findByLabelText(/^Environment/);
  expect(field.getAttribute('aria-invalid'), 'nothing is said before a person was there').toBeNull();
  screen.getByRole('button', { name: 'Export' }).click();
  await waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'));
  const told = document.getElementById(field.getAttribute('aria-describedby')?.split(' ').at(-1) ?? '');
  expect(told?.textContent).toContain('Environment is needed');
  await waitFor(() => expect(document.activeElement).toBe(field));
});

async function dropped(text: string): Promise<FakeHost> {
  const host = fakeHost();
  open(host, { connection: 'Harbour cameras', dropped: { name: 'wishes.csv', text } });
  await screen.findByText('From wishes.csv');
  return host;
}

test('a dropped table with a flaw goes on without the flawed row, when told so', async () => {
  const host = await dropped('camera,interval\nquay-1,x\nquay-2,,\nquay-3,y\n');
  const asked = vi.spyOn(host, 'requestTable');
  screen.getByText('one row cannot be asked for');
  screen.getByText('A value is missing');
  const go = screen.getByRole('button', { name: 'Export 2 times' });
  expect(go).toHaveProperty('disabled', true);
  screen.getByText('Edit the table, or leave out the row that cannot be asked for');
  await fireEvent.click(screen.getByRole('checkbox', { name: 'Leave out the row that cannot be asked for' }));
  expect(go).toHaveProperty('disabled', false);
  go.click();
  await waitFor(() => expect(asked).toHaveBeenCalledOnce());
});

test('a table is edited where it was left, and looked at again', async () => {
  await dropped('camera,interval\nquay-2,,\n');
  screen.getByText('Edit the table: no row of it can be asked for');
  await fireEvent.click(screen.getByRole('button', { name: 'Edit the table' }));
  const field = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Table' });
  expect(field.value).toBe('camera,interval\nquay-2,,\n');
  await waitFor(() => expect(document.activeElement).toBe(field));
  await fireEvent.input(field, { target: { value: 'camera,interval\nquay-2,z\n' } });
  await fireEvent.click(screen.getByRole('button', { name: 'Check the table' }));
  await screen.findByText('every row can be asked for');
  await waitFor(() => expect(document.activeElement, 'the keyboard is not lost').toBe(screen.getByRole('button', { name: 'Edit the table' })));
});

test('a long table draws its rows by and by', async () => {
  await dropped(`camera,interval\n${Array.from({ length: 700 }, (_, line) => `quay-${line.toString()},x`).join('\n')}`);
  screen.getByText('500 of 700 rows are shown');
  await fireEvent.click(screen.getByRole('button', { name: 'Show more rows' }));
  expect(screen.queryByText(/rows are shown/), 'all of them are').toBeNull();
});

test('what was asked for is what the list shows', async () => {
  open(fakeHost(), { connection: 'Matter packages' });
  await fireEvent.input(await screen.findByLabelText(/^Environment/), { target: { value: 'uat' } });
  screen.getByRole('button', { name: 'Export' }).click();
  await waitFor(() => expect(router.place).toEqual({ view: 'list', show: 'n1' }));
});

test('while everything is paused it is said that an export waits, before it is asked for', async () => {
  const host = fakeHost();
  open(host, { connection: 'Matter packages' });
  await fireEvent.input(await screen.findByLabelText(/^Environment/), { target: { value: 'uat' } });
  expect(screen.queryByText(/^Everything is paused/)).toBeNull();
  await host.pauseAll();
  await screen.findByText('Everything is paused: it waits until you resume');
  screen.getByRole('button', { name: 'Export' }).click();
  await waitFor(() => expect(host.world.jobs.get('n1')?.row.phase).toBe('paused'));
  await host.resumeAll();
  expect(host.world.job('n1').row.phase).toBe('submitting');
});

test('who goes elsewhere before the export is taken stays there', async () => {
  let take: (ids: JobId[]) => void = () => {};
  const taken = new Promise<JobId[]>((resolve) => (take = resolve));
  const request = vi.fn(() => taken);
  open({ ...fakeHost(), request }, { connection: 'Matter packages' });
  await fireEvent.input(await screen.findByLabelText(/^Environment/), { target: { value: 'uat' } });
  screen.getByRole('button', { name: 'Export' }).click();
  await waitFor(() => expect(request).toHaveBeenCalled());
  router.go({ view: 'settings' });
  take(['n1']);
  await new Promise((everythingHeard) => setTimeout(everythingHeard));
  expect(router.place).toEqual({ view: 'settings' });
});

test('a job that is on the server already is followed by its id there', async () => {
  const host = fakeHost();
  const adopt = vi.spyOn(host, 'adopt');
  open(host, { connection: 'Matter packages' });
  (await screen.findByRole('radio', { name: 'Already on the server' })).click();
  const follow = await screen.findByRole('button', { name: 'Follow it' });
  expect(follow, 'without an id there is nothing to follow').toHaveProperty('disabled', true);
  await fireEvent.input(await screen.findByLabelText('Job on the server'), { target: { value: ' 9c41 ' } });
  adopt.mockRejectedValueOnce({ code: 'EXPORT_001', name: 'JOB_CREATION_FAILED', message: 'The server has no such job', remediation: 'Check the id' });
  follow.click();
  await screen.findByText('The server has no such job. Check the id');
  follow.click();
  await waitFor(() => expect(router.place.view).toBe('list'));
  expect(adopt).toHaveBeenLastCalledWith('Matter packages', '9c41');
});

test('without a connection there is one next step', async () => {
  open(fakeHost({ state: 'first' }), {});
  (await screen.findByRole('button', { name: 'Connect to a server' })).click();
  expect(router.place).toEqual({ view: 'connections', add: true });
});

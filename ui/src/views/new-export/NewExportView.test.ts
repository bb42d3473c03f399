import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import { router } from '../../shared/router';
import type { JobId } from '../../shared/wire';
import NewExportView from './NewExportView.svelte';

beforeEach(() => router.go({ view: 'list' }));

test('a flaw stands at its field, is tied to it and gets the focus', async () => {
  useHost(fakeHost());
  router.go({ view: 'new-export', connection: 'Matter packages' });
  render(NewExportView);
  const field = await screen.findByLabelText(/^Environment/);
  expect(field.getAttribute('aria-invalid'), 'nothing is said before a person was there').toBeNull();
  screen.getByRole('button', { name: 'Export' }).click();
  await waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'));
  const told = document.getElementById(field.getAttribute('aria-describedby')?.split(' ').at(-1) ?? '');
  expect(told?.textContent).toContain('Environment is needed');
  await waitFor(() => expect(document.activeElement).toBe(field));
});

test('a dropped table is shown with its flaws, and cannot be asked for', async () => {
  useHost(fakeHost());
  router.go({ view: 'new-export', connection: 'Harbour cameras', dropped: { name: 'wishes.csv', text: 'camera,interval\nquay-1,x\nquay-2,,\n' } });
  render(NewExportView);
  await screen.findByText('one row cannot be asked for: mend it');
  expect(screen.getByText('A value is missing')).toBeTruthy();
  expect(screen.getByRole('button', { name: /Export/ })).toHaveProperty('disabled', true);
});

test('what was asked for is what the list shows', async () => {
  useHost(fakeHost());
  router.go({ view: 'new-export', connection: 'Matter packages' });
  render(NewExportView);
  await fireEvent.input(await screen.findByLabelText(/^Environment/), { target: { value: 'uat' } });
  screen.getByRole('button', { name: 'Export' }).click();
  await waitFor(() => expect(router.place).toEqual({ view: 'list', show: 'n1' }));
});

test('who goes elsewhere before the export is taken stays there', async () => {
  let take: (ids: JobId[]) => void = () => {};
  const taken = new Promise<JobId[]>((resolve) => (take = resolve));
  const request = vi.fn(() => taken);
  useHost({ ...fakeHost(), request });
  router.go({ view: 'new-export', connection: 'Matter packages' });
  render(NewExportView);
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
  useHost(host);
  router.go({ view: 'new-export', connection: 'Matter packages' });
  render(NewExportView);
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
  useHost(fakeHost({ state: 'first' }));
  router.go({ view: 'new-export' });
  render(NewExportView);
  (await screen.findByRole('button', { name: 'Connect to a server' })).click();
  expect(router.place).toEqual({ view: 'connections', add: true });
});

import { render, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import { router } from '../../shared/router';
import StartView from './StartView.svelte';

test('trying it starts the sample and shows the list', async () => {
  const host = fakeHost({ state: 'first' });
  useHost(host);
  router.go({ view: 'start' });
  render(StartView);
  screen.getByRole('button', { name: 'Try it' }).click();
  await waitFor(() => expect(router.place).toEqual({ view: 'list' }));
  expect([host.world.sampleRuns, host.world.jobs.size]).toEqual([true, 5]);
});

test('what does not start says why, and can be tried again', async () => {
  const host = fakeHost({ state: 'first' });
  host.startSample = () => Promise.reject(new Error('The port is taken'));
  useHost(host);
  render(StartView);
  const button = screen.getByRole('button', { name: 'Try it' });
  button.click();
  await screen.findByText('The port is taken');
  expect(button).toHaveProperty('disabled', false);
});

test('what fails when the view is gone already is told elsewhere', async () => {
  const host = fakeHost({ state: 'first' });
  let fail: (why: Error) => void = () => undefined;
  host.startSample = () => new Promise((_, reject) => (fail = reject));
  useHost(host);
  const ontrouble = vi.fn();
  const { unmount } = render(StartView, { ontrouble });
  screen.getByRole('button', { name: 'Try it' }).click();
  unmount();
  fail(new Error('No room on the disk'));
  await waitFor(() => expect(ontrouble).toHaveBeenCalledWith(expect.objectContaining({ message: 'No room on the disk' })));
});

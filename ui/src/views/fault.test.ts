// A view that cannot be drawn leaves the window standing.
import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { noon } from '../../tests/rows';
import { useHost } from '../shared/host/current';
import { fakeHost, type FakeHost } from '../shared/host/fake';
import { router } from '../shared/router';
import type { ComparisonView, JobDetail } from '../shared/wire';
import CompactWindow from './compact/CompactWindow.svelte';
import MainWindow from './main/MainWindow.svelte';

beforeEach(() => router.go({ view: 'list' }));

const title = 'This part of the window cannot be shown, through a fault of Landfall';

function opened(): FakeHost {
  const host = fakeHost({ start: noon });
  useHost(host);
  return host;
}

test('the fault of a view is said, with a way on, and no other view has it', async () => {
  const reload = vi.spyOn(location, 'reload').mockImplementation(() => undefined);
  const host = opened();
  vi.spyOn(host, 'compare').mockResolvedValue({ left: 'a', right: 'b' } as ComparisonView);
  router.go({ view: 'compare', left: 'l3', right: 'l4' });
  render(MainWindow, { host });
  await screen.findByText(title);
  await fireEvent.click(screen.getByRole('button', { name: 'Load the page again' }));
  expect(reload).toHaveBeenCalledOnce();
  await fireEvent.click(screen.getByRole('button', { name: 'Settings' }));
  await screen.findByRole('heading', { name: 'Settings' });
  expect(screen.queryByText(title)).toBeNull();
});

test('the fault of a pane leaves the list beside it', async () => {
  const host = opened();
  const detail = await host.detail('h2f9');
  vi.spyOn(host, 'detail').mockResolvedValue({ ...detail, timeline: null } as unknown as JobDetail);
  render(MainWindow, { host });
  await vi.waitFor(() => expect(host.world.ask).toBeDefined());
  host.world.ask?.({ type: 'show-job', id: 'h2f9' });
  await within(await screen.findByRole('complementary')).findByText(title);
  expect(screen.getByRole('grid', { name: 'Exports: Waiting for me' })).toBeTruthy();
});

test('the fault of the small window is said in it', async () => {
  const host = opened();
  render(CompactWindow, { host });
  await screen.findByText('Harbour film, trailer');
  const job = host.world.job('r6t3');
  host.world.tell([{ ...job.row, etaSeconds: Symbol('none') as unknown as number }]);
  await screen.findByText(title);
  screen.getByRole('button', { name: 'Load the page again' });
});

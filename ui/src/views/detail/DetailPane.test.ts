import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { noon } from '../../../tests/rows';
import { useHost } from '../../shared/host/current';
import { fakeHost, type FakeHost } from '../../shared/host/fake';
import MainWindow from '../main/MainWindow.svelte';

async function opened(host: FakeHost, job: string): Promise<HTMLElement> {
  useHost(host);
  render(MainWindow, { host });
  await vi.waitFor(() => expect(host.world.ask).toBeDefined());
  host.world.ask?.({ type: 'show-job', id: job });
  return screen.findByRole('region', { name: 'Details of the export' });
}

test('details that cannot be read are read again when told so', async () => {
  const host = fakeHost({ start: noon });
  vi.spyOn(host, 'detail').mockRejectedValueOnce(new Error('The home folder cannot be read'));
  const pane = await opened(host, 'h2f9');
  await within(pane).findByText('The home folder cannot be read');
  await fireEvent.click(within(pane).getAllByRole('button', { name: 'Try again' }).at(-1) ?? expect.fail('there is a step'));
  await within(pane).findByText('Correlation id', {}, { timeout: 3000 });
  expect(within(pane).queryByText('The home folder cannot be read')).toBeNull();
});

test('a preview that cannot be made is made again when told so', async () => {
  const host = fakeHost({ start: noon });
  vi.spyOn(host, 'preview').mockRejectedValueOnce(new Error('The file is gone'));
  const pane = await opened(host, 'l2');
  await within(pane).findByText('The file is gone');
  await fireEvent.click(within(pane).getByRole('button', { name: 'Try again' }));
  await within(pane).findByRole('columnheader', { name: 'Station' });
});

test('what waits for a sign-in is signed in to, or resumed by who has seen to it elsewhere', async () => {
  const host = fakeHost({ start: noon });
  const order = vi.spyOn(host, 'order');
  const pane = await opened(host, 'm5a2');
  await within(pane).findByText('Correlation id');
  within(pane).getByRole('button', { name: 'Sign in' });
  await fireEvent.click(within(pane).getByRole('button', { name: 'Resume' }));
  expect(order).toHaveBeenCalledWith(['m5a2'], 'resume');
});

test('further orders follow the buttons wherever those wrap', async () => {
  const pane = await opened(fakeHost({ start: noon }), 'f4c1');
  const last = await within(pane).findByRole('button', { name: 'Keep the old file' });
  const more = within(pane).getByRole('button', { name: /^More for/ });
  expect(last.nextElementSibling, 'in one flow').toBe(more);
});

test('a file that cannot be shown here is opened elsewhere', async () => {
  const host = fakeHost({ start: noon });
  vi.spyOn(host, 'preview').mockResolvedValue({ type: 'none', why: 'This kind of file cannot be shown here' });
  const open = vi.spyOn(host, 'openFile');
  const pane = await opened(host, 'l2');
  const why = await within(pane).findByText('This kind of file cannot be shown here');
  await fireEvent.click(within(why.parentElement ?? pane).getByRole('button', { name: 'Open' }));
  expect(open).toHaveBeenCalledWith('l2', 0);
});

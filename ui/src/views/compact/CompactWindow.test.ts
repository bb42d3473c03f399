import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { noon } from '../../../tests/rows';
import { fakeHost, type FakeHost, type FakeOptions } from '../../shared/host/fake';
import CompactWindow from './CompactWindow.svelte';

function open(options: FakeOptions = {}): FakeHost {
  const host = fakeHost({ start: noon, ...options });
  render(CompactWindow, { host });
  return host;
}

it('shows how far everything is and the three most urgent', async () => {
  open();
  const overall = await screen.findByRole('progressbar', { name: 'All exports together' });
  await vi.waitFor(() => expect(overall.getAttribute('aria-valuetext')).toMatch(/^14 exports, \d+% done$/));
  const titles = [...document.querySelectorAll('li .clip')].map((title) => title.textContent);
  expect(titles).toEqual(['Harbour film, trailer', 'Berth 3, 20 Nov 22:00–24:00', 'Quay 7, 21 Nov 06:00–07:00']);
  expect(screen.getByText('5 wait for you')).toBeTruthy();
});

it('pauses and resumes everything', async () => {
  const host = open();
  await vi.waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Pause all' }).disabled).toBe(false));
  await fireEvent.click(screen.getByRole('button', { name: 'Pause all' }));
  expect(host.world.allPaused).toBe(true);
  await fireEvent.click(await screen.findByRole('button', { name: 'Resume all' }));
  expect(host.world.allPaused).toBe(false);
});

it('leads back to the main window', async () => {
  const host = open({ state: 'empty' });
  const back = vi.spyOn(host, 'showMain');
  const ways = await screen.findAllByRole('button', { name: 'Back to the main window' });
  await fireEvent.click(ways[0] ?? expect.fail('there is a way'));
  expect(back).toHaveBeenCalledOnce();
});

it('shows why an order was refused, until it is put away', async () => {
  const host = open();
  const failure = { code: 'EXPORT_009', name: 'DISK_ERROR', message: 'The home folder cannot be written', remediation: 'Make room there', recoverable: true, correlationId: null, details: null };
  vi.spyOn(host, 'pauseAll').mockRejectedValueOnce(failure);
  await vi.waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Pause all' }).disabled).toBe(false));
  await fireEvent.click(screen.getByRole('button', { name: 'Pause all' }));
  expect((await screen.findByRole('alert')).textContent).toMatch(/The home folder cannot be written.*What to do:.*Make room there/);
  await fireEvent.click(screen.getByRole('button', { name: 'Put away' }));
  expect(screen.queryByRole('alert')).toBeNull();
  expect(screen.getByText('Harbour film, trailer')).toBeTruthy();
});

it('says what to do when the app does not answer, and tries again', async () => {
  const host = open({ state: 'error' });
  expect((await screen.findByRole('alert')).textContent).toContain('Close the other Landfall');
  host.world.options.state = 'full';
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByText('Harbour film, trailer');
});

it('speaks another language and wears other colours once it is looked at again', async () => {
  const host = open();
  await screen.findByRole('button', { name: 'Pause all' });
  await host.saveSettings({ ...(await host.settings()), language: 'de', theme: 'dark' });
  await screen.findByRole('button', { name: 'Alle anhalten' });
  expect(document.documentElement.dataset['theme']).toBe('dark');
});

// The keyboard is never lost: whatever it was on leaves, it goes on from what stands in its place.
import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { noon } from '../../../tests/rows';
import { makeRoom } from '../../../tests/sized';
import { useHost } from '../../shared/host/current';
import { fakeHost, type FakeHost, type FakeOptions } from '../../shared/host/fake';
import { router } from '../../shared/router';
import MainWindow from '../main/MainWindow.svelte';

beforeEach(() => {
  router.go({ view: 'list' });
  makeRoom();
});

async function open(section: RegExp, options: FakeOptions = {}): Promise<FakeHost> {
  const host = fakeHost({ start: noon, ...options });
  useHost(host);
  render(MainWindow, { host });
  await vi.waitFor(() => expect(document.querySelector('footer')?.textContent).not.toBe(''));
  await fireEvent.click(screen.getByRole('button', { name: section }));
  await screen.findByRole('grid');
  return host;
}

const place = (line: HTMLElement): number => Number(line.getAttribute('aria-rowindex'));
const lines = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-job]')].toSorted((one, other) => place(one) - place(other));
const focused = (): string | undefined => (document.activeElement as HTMLElement).dataset['job'];
const press = async (key: string): Promise<void> => {
  await fireEvent.keyDown(document.activeElement ?? document.body, { key });
  await tick();
};

/** Puts the keyboard on the line of that place, and gives the jobs in their order. */
async function standOn(at: number): Promise<string[]> {
  lines()[0]?.focus();
  for (let step = -1; step < at; step += 1) await press('ArrowDown');
  const ids = lines().map((line) => line.dataset['job'] ?? '');
  await vi.waitFor(() => expect(focused()).toBe(ids[at]));
  return ids;
}

it('goes to the next line when the one that had it is taken away', async () => {
  await open(/^Landed/);
  const ids = await standOn(1);
  await press('Delete');
  await vi.waitFor(() => expect(focused()).toBe(ids[2]));
  expect(document.getElementById(`line-${ids[1] ?? ''}`)).toBeNull();
  await press('ArrowDown');
  await vi.waitFor(() => expect(focused(), 'and goes on from there').toBe(ids[3]));
});

it('goes to the line before when the last is taken away', async () => {
  const host = await open(/^Landed/);
  const count = [...host.world.jobs.values()].filter(({ row }) => row.section === 'landed').length;
  const ids = await standOn(count - 1);
  await press('Delete');
  await vi.waitFor(() => expect(focused()).toBe(ids[count - 2]));
});

it('goes to the next line when a button of one sends it elsewhere', async () => {
  await open(/^Waiting for me/);
  const at = lines().findIndex((line) => line.dataset['job'] === 'h2f9');
  const ids = await standOn(at);
  await press('ArrowRight');
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Try again');
  await fireEvent.click(document.activeElement ?? document.body);
  await vi.waitFor(() => expect(focused()).toBe(ids[at + 1] ?? ids[at - 1]));
});

it('goes on after a question whose line has left', async () => {
  await open(/^Active/);
  const ids = await standOn(2);
  await press('Delete');
  await fireEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Stop following' }));
  await vi.waitFor(() => expect(focused()).toBe(ids[3]));
});

it('goes to the step that is left when no line is, and back when one comes', async () => {
  const host = await open(/^Ended/);
  const job = host.world.job('c2y5');
  await standOn(0);
  await press('Delete');
  await vi.waitFor(() => expect(document.activeElement?.textContent.trim()).toBe('See what is active'));
  host.world.jobs.set('c2y5', job);
  host.world.tell([job.row]);
  await vi.waitFor(() => expect(focused()).toBe('c2y5'));
});

it('comes back to its line from a pane that is closed, by its button or by Escape', async () => {
  await open(/^Waiting for me/);
  const ids = await standOn(1);
  await press('Enter');
  const pane = await screen.findByRole('region', { name: 'Details of the export' });
  await vi.waitFor(() => expect(document.activeElement).toBe(pane));
  const close = within(pane).getByRole('button', { name: 'Close the details' });
  close.focus();
  await fireEvent.click(close);
  await vi.waitFor(() => expect(focused()).toBe(ids[1]));
  await press('Enter');
  await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('SECTION'));
  await press('Escape');
  await vi.waitFor(() => expect(focused()).toBe(ids[1]));
});

it('comes back from a pane whose job leaves the list', async () => {
  await open(/^Waiting for me/);
  await fireEvent.click(lines().find((line) => line.dataset['job'] === 'h2f9') ?? expect.fail('it waits'));
  const again = within(await screen.findByRole('complementary')).getAllByRole('button', { name: 'Try again' })[0] ?? expect.fail('it can be tried again');
  again.focus();
  await fireEvent.click(again);
  await vi.waitFor(() => expect(focused()).toBeDefined());
  expect(screen.queryByRole('complementary')).toBeNull();
});

it('is not taken from who has gone elsewhere', async () => {
  const host = await open(/^Landed/);
  const ids = await standOn(0);
  await fireEvent.pointerDown(screen.getByRole('navigation'));
  (document.activeElement as HTMLElement).blur();
  host.world.jobs.delete(ids[0] ?? '');
  host.world.tell([], [ids[0] ?? '']);
  await new Promise((everythingHeard) => setTimeout(everythingHeard));
  expect(document.activeElement).toBe(document.body);
});

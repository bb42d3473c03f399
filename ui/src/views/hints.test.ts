// What may end in "…" where there is little room says all of it in a hint.
import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { noon } from '../../tests/rows';
import { makeRoom } from '../../tests/sized';
import { useHost } from '../shared/host/current';
import { fakeHost, type FakeHost, type FakeOptions } from '../shared/host/fake';
import { router, type Place } from '../shared/router';
import CompactWindow from './compact/CompactWindow.svelte';
import MainWindow from './main/MainWindow.svelte';

beforeEach(() => {
  router.go({ view: 'list' });
  makeRoom();
});

const flat = (words: string): string => words.trim().replaceAll(/\s+/g, ' ');

/** The texts that may be cut and of which no hint, their own or of what they are in, says all. */
function unsaid(): string[] {
  const texts = [...document.querySelectorAll<HTMLElement>('.clip')].filter((one) => flat(one.textContent) !== '');
  expect(texts.length).toBeGreaterThan(0);
  const isSaid = (one: HTMLElement): boolean => {
    for (let around: HTMLElement | null = one; around !== null; around = around.parentElement) if (flat(around.title).includes(flat(one.textContent))) return true;
    return false;
  };
  return texts.filter((one) => !isSaid(one)).map((one) => one.textContent);
}

async function open(place: Place = { view: 'list' }, options: FakeOptions = {}): Promise<FakeHost> {
  const host = fakeHost({ start: noon, ...options });
  useHost(host);
  router.go(place);
  render(MainWindow, { host });
  await screen.findByRole('button', { name: /^Landed/ });
  return host;
}

test.each([/^Active/, /^Waiting for me/, /^Landed/, /^Ended/])('in the list and beside it (%s)', async (section) => {
  const host = await open();
  await host.startSample();
  await fireEvent.click(screen.getByRole('button', { name: section }));
  await fireEvent.click(document.querySelector('[data-job]') ?? expect.fail('there is one'));
  await screen.findByText('Correlation id');
  expect(unsaid()).toEqual([]);
});

test('in a package, and where another is chosen to compare it with', async () => {
  const host = await open();
  host.world.ask?.({ type: 'show-job', id: 'l3' });
  const pane = await screen.findByRole('complementary');
  await within(pane).findByText('Users and roles');
  await fireEvent.click(within(pane).getByRole('button', { name: 'Compare with…' }));
  expect(unsaid()).toEqual([]);
});

test('in the list of an archive', async () => {
  const host = await open();
  vi.spyOn(host, 'preview').mockResolvedValue({ type: 'listing', entries: [['a.csv', 12]], total: 1 });
  host.world.ask?.({ type: 'show-job', id: 'l2' });
  await screen.findByText('a.csv');
  expect(unsaid()).toEqual([]);
});

test.each([
  [{ view: 'connections' }, 'Harbour cameras'],
  [{ view: 'compare', left: 'l3', right: 'l4' }, /matter, clienta-uat/i],
  [{ view: 'new-export', connection: 'Matter packages' }, 'Providers'],
  [{ view: 'new-export', connection: 'Harbour cameras', dropped: { name: 'wishes.csv', text: 'camera\nquay-1\n' } }, 'From wishes.csv'],
] satisfies [Place, string | RegExp][])('in another view (%o)', async (place, words) => {
  await open(place);
  await screen.findAllByText(words);
  const chips = document.querySelector<HTMLInputElement>('.chips input');
  if (chips !== null) await fireEvent.input(chips, { target: { value: 'users' } });
  if (chips !== null) await fireEvent.keyDown(chips, { key: 'Enter' });
  expect(unsaid()).toEqual([]);
});

test('among templates', async () => {
  const host = fakeHost();
  await host.saveTemplate({ name: 'Daily', export: { connection: 'Matter packages', given: [], folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null }, shiftsTimes: false });
  useHost(host);
  router.go({ view: 'new-export', connection: 'Matter packages' });
  render(MainWindow, { host });
  await vi.waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Templates' }).disabled).toBe(false));
  await fireEvent.click(screen.getByRole('button', { name: 'Templates' }));
  await screen.findByRole('button', { name: 'Daily' });
  expect(unsaid()).toEqual([]);
});

test('in the small window', async () => {
  const host = fakeHost({ start: noon });
  useHost(host);
  render(CompactWindow, { host });
  await screen.findByText('Harbour film, trailer');
  expect(unsaid()).toEqual([]);
});

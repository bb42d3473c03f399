import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { noon } from '../../../tests/rows';
import { makeRoom } from '../../../tests/sized';
import { useHost } from '../../shared/host/current';
import { fakeHost, type FakeHost, type FakeOptions } from '../../shared/host/fake';
import { router } from '../../shared/router';
import MainWindow from './MainWindow.svelte';

beforeEach(() => {
  router.go({ view: 'list' });
  makeRoom();
});

async function open(options: FakeOptions = {}): Promise<FakeHost> {
  const host = fakeHost({ start: noon, ...options });
  useHost(host);
  render(MainWindow, { host });
  await vi.waitFor(() => expect(document.querySelector('footer')?.textContent).not.toBe(''));
  await tick();
  return host;
}

const line = (title: string): HTMLElement => screen.getByRole('row', { name: new RegExp(title) });
const selected = (): (string | undefined)[] => [...document.querySelectorAll<HTMLElement>('[aria-selected="true"]')].map((row) => row.dataset['job']);
const press = async (key: string, more: KeyboardEventInit = {}): Promise<void> => {
  await fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
  await tick();
};

describe('a fault of the program itself', () => {
  it('is said over a list that stands still, with the way out', async () => {
    const host = await open({ state: 'lost' });
    const quit = vi.spyOn(host, 'quit');
    expect(screen.getByRole('alert').textContent).toContain('The list has come to a standstill');
    await fireEvent.click(screen.getByRole('button', { name: 'Quit Landfall' }));
    expect(quit).toHaveBeenCalledOnce();
  });

  it('of a call from the tray or a notification is told as what it is', async () => {
    const host = await open();
    host.world.ask?.({ type: 'refused', failure: { code: 'EXPORT_009', name: 'DISK_ERROR', message: 'a.csv is no longer where it landed', remediation: 'Ask for it again', recoverable: true, correlationId: null, details: null } });
    await tick();
    expect(screen.queryByRole('dialog'), 'nothing is asked').toBeNull();
    screen.getByText('a.csv is no longer where it landed');
  });
});

describe('a file whose name is in use', () => {
  it('is kept beside the old one at once, and takes its place only after a question', async () => {
    const host = await open();
    const order = vi.spyOn(host, 'order');
    await fireEvent.click(screen.getByRole('button', { name: /^Waiting for me/ }));
    await fireEvent.click(line('Berth 4, 20 Nov'));
    const pane = await screen.findByRole('complementary');
    await within(pane).findByRole('button', { name: 'Keep both' });
    await fireEvent.click(within(pane).getByRole('button', { name: 'Replace the old file' }));
    expect(order).not.toHaveBeenCalled();
    const dialog = screen.getByRole('dialog', { name: 'Replace the file that is there?' });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Replace the old file' }));
    expect(order).toHaveBeenCalledWith(['f4c1'], 'replace');
  });
});

describe('what has landed', () => {
  it('is a click away where nothing is under way, and new until it was in sight', async () => {
    const host = await open({ state: 'landed' });
    const count = host.world.jobs.size;
    expect(screen.getByRole('button', { name: new RegExp(`Landed.*${count.toString()} new`) })).toBeTruthy();
    screen.getByRole('heading', { name: `${count.toString()} exports have landed` });
    await fireEvent.click(screen.getByRole('button', { name: 'Show what landed' }));
    expect(screen.getByRole('grid', { name: 'Exports: Landed' })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: /^Active/ }));
    expect(screen.getByRole('heading', { name: 'Nothing under way' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Landed.*new/ }), 'nothing is new any more').toBeNull();
  });
});

describe('a job that is brought up', () => {
  it('has the keyboard', async () => {
    const host = await open();
    host.world.ask?.({ type: 'show-job', id: 'h2f9' });
    await vi.waitFor(() => expect(document.activeElement?.id).toBe('line-h2f9'));
  });
});

describe('what was just asked for', () => {
  it('has the keyboard in the list, whatever was shown before, and leaves the rest as it is', async () => {
    const host = await open();
    await fireEvent.click(screen.getByRole('button', { name: /^Landed/ }));
    const [id] = await host.request({ connection: 'Matter packages', given: [['environment', 'uat']], folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null });
    router.go({ view: 'new-export' });
    router.go({ view: 'list', show: id ?? '' });
    await vi.waitFor(() => expect(document.activeElement?.id).toBe('line-n1'));
    expect(screen.getByRole('grid', { name: 'Exports: Active' })).toBeTruthy();
    expect(selected()).toEqual([]);
  });
});

describe('who is asked where closing leads', () => {
  it.each(['close-or-tray', 'confirm-quit'] as const)('and stays tells the app so (%s)', async (type) => {
    const host = await open();
    const stay = vi.spyOn(host, 'stay');
    host.world.ask?.(type === 'confirm-quit' ? { type, active: 2 } : { type });
    const dialog = await screen.findByRole('dialog');
    await fireEvent.click(within(dialog).getByRole('button', { name: /^(Cancel|Stay|Keep)/ }));
    expect(stay).toHaveBeenCalledOnce();
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

const wanted = { connection: 'Harbour cameras', given: [], folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null };

describe('a link', () => {
  it('to an export can be answered for good', async () => {
    const host = await open();
    const answer = vi.spyOn(host, 'answerLink');
    host.world.ask?.({ type: 'confirm-export', number: 1, title: 'Quay 7', export: wanted, jobs: 3, asked: [['Camera', 'Quay 7']] });
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent, 'how many it makes').toContain('“Quay 7” and 2 more exports');
    expect(within(dialog).getByText('Camera'), 'as the form calls it').toBeTruthy();
    await fireEvent.click(within(dialog).getByRole('checkbox', { name: 'Do not ask again for Harbour cameras' }));
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Ask for it' }));
    expect(answer).toHaveBeenCalledWith(1, true, true);
  });

  it('to a job on the server is asked about every time', async () => {
    const host = await open();
    const answer = vi.spyOn(host, 'answerLink');
    host.world.ask?.({ type: 'confirm-adopt', number: 2, connection: 'Harbour cameras', remoteId: '9c41' });
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).queryByRole('checkbox')).toBeNull();
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Follow it' }));
    expect(answer).toHaveBeenCalledWith(2, true, false);
  });
});

describe('notices', () => {
  it('of several exports lead to where they are', async () => {
    const host = await open();
    host.world.notices = [{ number: 9, at: new Date(noon).toISOString(), kind: 'landed', title: '5 exports have landed', text: 'Quay 7 · +4', job: null, section: 'landed' }];
    host.world.tell([]);
    await fireEvent.click(screen.getByRole('button', { name: /^Notices/ }));
    await fireEvent.click(await screen.findByRole('button', { name: /^5 exports have landed/ }));
    expect(screen.getByRole('grid', { name: 'Exports: Landed' })).toBeTruthy();
    expect(host.world.notices, 'it was seen').toEqual([]);
  });

  it('are put away one by one', async () => {
    const host = await open();
    await fireEvent.click(screen.getByRole('button', { name: /^Notices/ }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Put away: Landed: Neubau Süd, report' }));
    expect(host.world.notices.map(({ number }) => number)).toEqual([4, 3, 1]);
  });

  it('of the system lead to the section, or to the sign-in, that they are about', async () => {
    const host = await open();
    host.world.ask?.({ type: 'show-section', section: 'waiting-for-me' });
    expect(await screen.findByRole('grid', { name: 'Exports: Waiting for me' })).toBeTruthy();
    host.world.ask?.({ type: 'sign-in', connection: 'Matter packages' });
    expect(await screen.findByRole('dialog', { name: 'Sign in to Matter packages' })).toBeTruthy();
  });
});

describe('the list', () => {
  it('is a grid of which Tab reaches one line', async () => {
    await open();
    const grid = screen.getByRole('grid', { name: 'Exports: Active' });
    expect(grid.getAttribute('aria-rowcount')).toBe('14');
    expect(grid.getAttribute('aria-multiselectable')).toBe('true');
    expect(grid.querySelectorAll('[role=row][tabindex="0"]')).toHaveLength(1);
    expect(within(line('Quay 7, 21 Nov 06')).getByRole('progressbar').getAttribute('aria-valuetext')).toBe('server done, download 45%, 1.9 / 4.2 GB');
  });

  it('is walked and selected with the keyboard alone', async () => {
    await open();
    line('Quay 7, 21 Nov 06').focus();
    await press('ArrowDown');
    expect(selected(), 'the first key lands on the first line').toEqual(['k7m2']);
    await press('ArrowDown', { shiftKey: true });
    expect(selected()).toHaveLength(2);
    await press('ArrowDown', { ctrlKey: true });
    expect(selected(), 'moving with Ctrl selects nothing').toHaveLength(2);
    await press(' ');
    expect(selected()).toHaveLength(3);
    await press('a', { ctrlKey: true });
    expect(screen.getByText('14 selected')).toBeTruthy();
    await press('Escape');
    expect(selected()).toEqual([]);
  });

  it('has its button on the right arrow', async () => {
    await open();
    line('Quay 7, 21 Nov 06').focus();
    await press('ArrowDown');
    await press('ArrowRight');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Pause');
    await press('ArrowLeft');
    expect(document.activeElement?.getAttribute('role')).toBe('row');
  });

  it('takes a click, a click with Ctrl, and a click with Shift', async () => {
    await open();
    const lines = screen.getAllByRole('row');
    const [first, second, third, fourth] = lines;
    if (!first || !second || !third || !fourth) return expect.fail('four lines are drawn');
    await fireEvent.click(first);
    await fireEvent.click(third, { ctrlKey: true });
    expect(selected()).toHaveLength(2);
    await fireEvent.click(first);
    await fireEvent.click(fourth, { shiftKey: true });
    expect(selected()).toHaveLength(4);
  });

  it('asks before Delete stops following, and does it when told', async () => {
    const host = await open();
    line('Quay 7, 21 Nov 06').focus();
    await press('ArrowDown');
    await press('Delete');
    const dialog = screen.getByRole('dialog', { name: 'Stop following?' });
    expect(document.activeElement?.textContent.trim(), 'the focus is on what changes nothing').toBe('Leave as it is');
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Stop following' }));
    await vi.waitFor(() => expect(host.world.jobs.has('k7m2')).toBe(false));
  });

  it('shows the orders that fit in its menu, and carries one out', async () => {
    const host = await open();
    await fireEvent.contextMenu(line('Quay 7, 21 Nov 06'));
    const menu = screen.getByRole('menu');
    expect(within(menu).getAllByRole('menuitem').map((item) => item.textContent.trim())).toEqual(['Details ↵', 'Pause', 'Put before others', 'Put after others', 'The same again', 'The same, a day earlier', 'The same, a day later', 'Cancel on the server', 'Stop following']);
    await fireEvent.click(within(menu).getByRole('menuitem', { name: 'Pause' }));
    expect(host.world.job('k7m2').row.phase).toBe('paused');
  });
});

describe('the window', () => {
  it('goes to search, to a new export and to the help by keys', async () => {
    await open();
    await press('f', { ctrlKey: true });
    expect(document.activeElement?.getAttribute('type')).toBe('search');
    await press('?');
    expect(screen.queryByRole('dialog'), 'who types a question mark wants a question mark').toBeNull();
    (document.activeElement as HTMLElement).blur();
    await press('?');
    expect(screen.getByRole('dialog', { name: 'Keyboard' })).toBeTruthy();
  });

  it('searches as one types, and offers to show all again', async () => {
    await open();
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'nowhere' } });
    expect(screen.getByText('No export fits')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Show all again' }));
    expect(screen.getByRole('grid')).toBeTruthy();
  });

  it.each([
    ['empty', 'Nothing under way', 'New export'],
    ['offline', 'No server can be reached', 'Look at the connections'],
  ] as const)('when %s says so with one next step', async (state, words, step) => {
    await open({ state });
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.getAllByRole('button', { name: step }).length).toBeGreaterThan(0);
  });

  it('that hears nothing says why and can try again', async () => {
    const host = fakeHost({ start: noon, state: 'error' });
    render(MainWindow, { host });
    await vi.waitFor(() => expect(screen.getByText('Landfall does not answer')).toBeTruthy());
    host.world.options.state = 'full';
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await vi.waitFor(() => expect(screen.getByRole('grid')).toBeTruthy());
  });

  it('shows notices until they were seen', async () => {
    const host = await open();
    await fireEvent.click(screen.getByRole('button', { name: 'Notices, 4 new' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Mark all as seen' }));
    await vi.waitFor(() => expect(screen.getByRole('button', { name: 'Notices, none new' })).toBeTruthy());
    expect(host.world.notices).toEqual([]);
  });

  it('answers the question of closing with what was ticked', async () => {
    const host = await open();
    const answer = vi.spyOn(host, 'answerClose');
    host.world.ask?.({ type: 'close-or-tray' });
    await tick();
    await fireEvent.click(screen.getByRole('checkbox'));
    await fireEvent.click(screen.getByRole('button', { name: 'Go on in the tray' }));
    expect(answer).toHaveBeenCalledWith(true, true);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('never lets a box that was ticked for one link count for a refusal', async () => {
    const host = await open();
    const answer = vi.spyOn(host, 'answerLink');
    host.world.ask?.({ type: 'confirm-export', number: 7, title: 'Quay 7', export: wanted, jobs: 3, asked: [['Camera', 'Quay 7']] });
    await tick();
    await fireEvent.click(screen.getByRole('checkbox'));
    await fireEvent.click(screen.getByRole('button', { name: 'No, leave it' }));
    expect(answer).toHaveBeenCalledWith(7, false, false);
  });

  it('shows what landed with its digest and what vouched for it', async () => {
    await open();
    await fireEvent.click(screen.getByRole('button', { name: /Landed/ }));
    await fireEvent.click(line('harbour-map.png'));
    await vi.waitFor(() => expect(screen.getByText('Landed, but the server gave nothing to verify against')).toBeTruthy());
    expect(screen.getByText(/SHA-256 e3b0c442…52b855/)).toBeTruthy();
  });
});

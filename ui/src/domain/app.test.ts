import { describe, expect, it, vi } from 'vitest';
import { delta, noon, rowOf, startedApp, whole } from '../../tests/rows';
import { fakeHost } from '../shared/host/fake';
import { jobOf } from '../shared/host/fake/job';
import { router } from '../shared/router';
import type { Ask, Change } from '../shared/wire';
import { App } from './app.svelte';

const row = (app: App, id: string) => app.jobs.row(id) ?? expect.fail(`there is no job ${id}`);

describe('starting', () => {
  it('hears of every job', async () => {
    const { app } = await startedApp();
    expect(app.jobs.ready).toBe(true);
    expect(app.jobs.size).toBe(27);
  });

  it('says why when the app does not answer, and can be tried again', async () => {
    const { app, host } = await startedApp({ state: 'error' });
    expect(app.failure).toMatchObject({ code: 'EXPORT_012' });
    host.world.options.state = 'full';
    await app.start();
    expect(app.failure).toBeNull();
    expect(app.jobs.ready).toBe(true);
  });

  it('asks for everything anew when a change does not go with what is here', async () => {
    const host = fakeHost({ start: noon });
    let tell: (change: Change) => void = () => undefined;
    const stopped = vi.fn();
    const watch = vi.fn((on: (change: Change) => void) => {
      tell = on;
      on(whole([rowOf()], 10));
      return Promise.resolve(stopped);
    });
    const app = new App({ ...host, watch });
    await app.start();
    tell(delta([], ['a1'], 3));
    await vi.waitFor(() => expect(watch, 'watched again').toHaveBeenCalledTimes(2));
    expect(stopped, 'the old watch ended').toHaveBeenCalledOnce();
    expect(app.jobs.size, 'the stale change changed nothing').toBe(1);
  });
});

describe('orders', () => {
  it('that can be taken back are given at once', async () => {
    const { app } = await startedApp();
    await app.order('pause', [row(app, 'k7m2')]);
    expect(row(app, 'k7m2').phase).toBe('paused');
  });

  it('that cannot be taken back are asked first', async () => {
    const { app } = await startedApp();
    await app.order('cancel', [row(app, 'k7m2')]);
    expect(row(app, 'k7m2').phase, 'nothing happened yet').toBe('downloading');
    expect(app.question).toMatchObject({ order: 'cancel', rows: [{ id: 'k7m2' }] });
  });

  it('go only to those they fit', async () => {
    const { app, host } = await startedApp();
    const order = vi.spyOn(host, 'order');
    await app.order('resume', [row(app, 'p2b4'), row(app, 'k7m2')]);
    expect(order).toHaveBeenCalledWith(['p2b4'], 'resume');
  });

  it('to forget what landed need no question, to stop following do', async () => {
    const { app } = await startedApp();
    await app.order('forget', [row(app, 'l1')]);
    expect(app.jobs.row('l1')).toBeUndefined();
    await app.order('forget', [row(app, 'k7m2')]);
    expect(app.question?.order).toBe('forget');
  });

  it('that are refused show why, each reason once', async () => {
    const { app, host } = await startedApp();
    const failure = { code: 'EXPORT_009', name: 'DISK_ERROR', message: 'No room', remediation: 'Make room', recoverable: true, correlationId: null, details: null };
    vi.spyOn(host, 'order').mockResolvedValue([{ id: 'k7m2', failure }, { id: 'p2b4', failure }]);
    await app.carryOut('pause', [row(app, 'k7m2'), row(app, 'p2b4')]);
    expect(app.troubles).toEqual([failure]);
    app.putAway(failure);
    expect(app.troubles).toEqual([]);
  });

  it('to open act on every one, and say of which it was refused', async () => {
    const { app, host } = await startedApp();
    const failure = { code: 'EXPORT_009', name: 'DISK_ERROR', message: 'The file is gone', remediation: 'Ask for it anew', recoverable: true, correlationId: null, details: null };
    const open = vi.spyOn(host, 'openFile').mockRejectedValueOnce(failure);
    await app.order('open', ['l1', 'l2', 'l5'].map((id) => row(app, id)));
    expect(open.mock.calls).toEqual([['l1', 0], ['l2', 0], ['l5', 0]]);
    expect(app.troubles).toEqual([failure]);
  });

  it('to sign in lead to the connection', async () => {
    const { app } = await startedApp();
    await app.order('sign-in', [row(app, 'm5a2')]);
    expect(router.place).toEqual({ view: 'connections', signIn: 'Matter packages' });
    router.go({ view: 'list' });
  });
});

describe('what the app asks', () => {
  it('to show a job goes to its section and selects it', async () => {
    const { app } = await startedApp();
    app.list.search('nothing fits this');
    app.heed({ type: 'show-job', id: 'h2f9' });
    expect(app.list.filter).toMatchObject({ section: 'waiting-for-me', search: '' });
    expect(app.list.selection.single).toBe('h2f9');
  });

  it('to show a job that is not told of yet brings it up when it comes', async () => {
    const { app, host } = await startedApp();
    // The app knows it already, and is yet to tell of it.
    const fresh = jobOf({ id: 'n1', title: 'Matter, uat', connection: 'Matter packages', kind: 'package', badge: 'ZIP', phase: 'submitting', size: 1, minutesAgo: 0 }, noon);
    host.world.jobs.set('n1', fresh);
    const detail = vi.spyOn(host, 'detail');
    app.heed({ type: 'show-job', id: 'n1' });
    expect(app.list.selection.single).toBeNull();
    await vi.waitFor(() => expect(detail).toHaveResolved());
    host.world.tell([]);
    expect(detail, 'it is there, so it is waited for').toHaveBeenCalledOnce();
    host.world.tell([fresh.row]);
    expect(app.list.selection.single).toBe('n1');
    expect(app.troubles).toEqual([]);
    app.list.take('k7m2', 'only');
    host.world.tell([]);
    expect(app.list.selection.single, 'once is enough').toBe('k7m2');
  });

  it('to show a job that is gone says so, and waits no longer', async () => {
    const { app, host } = await startedApp();
    const { row: back } = host.world.job('h2f9');
    await app.order('forget', [row(app, 'h2f9')]);
    app.heed({ type: 'show-job', id: 'h2f9' });
    await vi.waitFor(() => expect(app.troubles).toMatchObject([{ message: 'There is no such job' }]));
    host.world.tell([back]);
    expect(app.list.selection.single, 'who went on is not called back').toBeNull();
  });

  it('to show a job that is gone is sought once the list is there', async () => {
    const host = fakeHost({ start: noon });
    const asks: typeof host.asks = (on) => {
      on({ type: 'show-job', id: 'nobody' });
      return Promise.resolve(() => undefined);
    };
    const app = new App({ ...host, asks });
    await app.start();
    await vi.waitFor(() => expect(app.troubles).toMatchObject([{ message: 'There is no such job' }]));
  });

  it('to show a job before there is a list waits for the list', async () => {
    const host = fakeHost({ start: noon });
    const asks: typeof host.asks = (on) => {
      on({ type: 'show-job', id: 'h2f9' });
      return Promise.resolve(() => undefined);
    };
    const app = new App({ ...host, asks });
    await app.start();
    expect(app.list.selection.single).toBe('h2f9');
  });

  it('about closing stands once, however often it is asked', async () => {
    const { app } = await startedApp();
    app.heed({ type: 'close-or-tray' });
    app.heed({ type: 'close-or-tray' });
    expect(app.asks).toEqual([{ type: 'close-or-tray' }]);
  });

  it('about one link stands once, whether it is shown or waits', async () => {
    const { app } = await startedApp();
    const link = (number: number): Ask => ({ type: 'confirm-adopt', number, connection: 'Harbour cameras', remoteId: '9c41' });
    for (const number of [1, 2, 1, 2]) app.heed(link(number));
    expect(app.asks).toEqual([link(1), link(2)]);
    app.answered();
    app.heed(link(2));
    expect(app.asks).toEqual([link(2)]);
  });

  it('to take a dropped file leads to where it belongs', async () => {
    const { app } = await startedApp();
    app.heed({ type: 'dropped', name: 'Own.TOML', text: 'x' });
    expect(router.place.view).toBe('connectors');
    app.heed({ type: 'dropped', name: 'wishes.csv', text: 'a,b' });
    expect(router.place).toEqual({ view: 'new-export', dropped: { name: 'wishes.csv', text: 'a,b' } });
    router.go({ view: 'list' });
  });

  it('waits its turn', async () => {
    const { app } = await startedApp();
    app.heed({ type: 'close-or-tray' });
    app.heed({ type: 'confirm-quit', active: 2 });
    app.answered();
    expect(app.asks).toEqual([{ type: 'confirm-quit', active: 2 }]);
  });
});

describe('the list', () => {
  it('remembers its section and order', async () => {
    const { app } = await startedApp();
    app.list.goTo('landed');
    app.list.sort('size');
    const again = (await startedApp()).app;
    expect(again.list.filter.section).toBe('landed');
    expect(again.list.sorting).toBe('size');
  });

  it('is not upset by what others wrote where it remembers', async () => {
    localStorage.setItem('landfall.view', '{"section":"moon","sorting":{"active":"colour"}}');
    const { app } = await startedApp();
    expect(app.list.filter.section).toBe('active');
    expect(app.list.sorting).toBe('turn');
  });

  it('of one connection shows all again at the second click', async () => {
    const { app } = await startedApp();
    app.list.ofConnection('Render farm');
    expect(app.list.cells.map((cell) => cell.row.connection)).toEqual(['Render farm']);
    app.list.ofConnection('Render farm');
    expect(app.list.cells.length).toBeGreaterThan(10);
  });
});

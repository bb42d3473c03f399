import { expect, test } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import type { Settings } from '../../shared/wire';
import { minutesOf, rateOf, SettingsDesk, timeOf, wholeOf } from './settings.svelte';

async function loaded(): Promise<{ desk: SettingsDesk; host: ReturnType<typeof fakeHost>; saved: Settings[] }> {
  const host = fakeHost();
  const saved: Settings[] = [];
  const desk = new SettingsDesk(host, (settings) => saved.push(settings));
  await desk.load();
  return { desk, host, saved };
}

test('a change shows at once, is saved and can be taken back', async () => {
  const { desk, host, saved } = await loaded();
  const saving = desk.set('theme', 'dark');
  expect(desk.shown?.theme).toBe('dark');
  await saving;
  expect([desk.kept, saved.at(-1)?.theme]).toEqual([{ name: 'theme', undone: false }, 'dark']);
  await desk.undo();
  expect((await host.settings()).theme).toBe('system');
  expect(desk.kept).toEqual({ name: 'theme', undone: true });
});

test('a refused change rolls back and says why at its field', async () => {
  const { desk, host } = await loaded();
  host.saveSettings = () => Promise.reject({ code: 'EXPORT_007', message: 'The proxy’s address cannot be used', remediation: 'Give it whole' });
  await desk.set('proxy', 'nonsense');
  expect(desk.shown?.proxy).toBeNull();
  expect(desk.refused.proxy?.message).toBe('The proxy’s address cannot be used');
  expect(desk.kept).toBeNull();
});

test('changes are saved one after the other, and a refused one does not take the others along', async () => {
  const { desk, host } = await loaded();
  const save = host.saveSettings;
  host.saveSettings = (settings) => (settings.atOnce === 7 ? Promise.reject(new Error('no')) : save(settings));
  await Promise.all([desk.set('autostart', true), desk.set('atOnce', 7), desk.set('keepDays', 5)]);
  expect(await host.settings()).toMatchObject({ autostart: true, atOnce: 5, keepDays: 5 });
  expect(desk.shown).toMatchObject({ autostart: true, atOnce: 5, keepDays: 5 });
});

test('what is typed becomes bytes, minutes and whole numbers', () => {
  expect(['', '2,5', '0', 'x'].map(rateOf)).toEqual([null, 2_500_000, undefined, undefined]);
  expect([timeOf(22 * 60 + 5), minutesOf('22:05'), minutesOf('')]).toEqual(['22:05', 1325, null]);
  expect(['5', '0', '101', '1.5'].map((typed) => wholeOf(typed, 1, 100))).toEqual([5, null, null, null]);
});

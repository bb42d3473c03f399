import { expect, test } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import type { NewConnection } from '../../shared/wire';
import { Addition } from './addition.svelte';
import { Changing } from './changing.svelte';
import type { PassPhrase } from './door.svelte';
import { ConnectionList } from './list.svelte';
import { addressFlaw } from './trouble';

const nothing: PassPhrase = { once: '', again: '' };

async function filled(url = 'https://reports.example.com/'): Promise<{ addition: Addition; host: ReturnType<typeof fakeHost> }> {
  const host = fakeHost();
  const addition = new Addition(host);
  await addition.load();
  addition.choose(addition.connectors?.find(({ id }) => id === 'reports') ?? null);
  addition.name = 'Second office';
  addition.reach.url = url;
  addition.hostsConfirmed = true;
  return { addition, host };
}

/** Everything that the controller holds, its inherited state included. */
function held(addition: Addition): string {
  const { connectors, chosen, name, reach, attempt, missing, secrets, keeping } = addition;
  return JSON.stringify([{ ...addition }, connectors, chosen, name, reach.settings, attempt, missing, secrets, keeping]);
}

test('built-in connectors come first and the gallery last', async () => {
  const { addition } = await filled();
  expect(addition.connectors?.map(({ origin }) => origin)).toEqual(['built-in', 'built-in', 'built-in', 'own', 'gallery']);
});

test('a refused sign-in is said at its field and not saved', async () => {
  const { addition, host } = await filled();
  expect(await addition.send({ token: 'wrong' }, nothing)).toBeNull();
  expect(addition.failureAt('refused')?.message).toBe('The server refused the sign-in');
  expect((await host.connections()).map(({ name }) => name)).not.toContain('Second office');
});

test('a server that cannot be reached is saved only where that is said', async () => {
  const { addition, host } = await filled('https://nowhere.example.com/');
  expect(await addition.send({ token: 'secret-7' }, nothing)).toBeNull();
  expect(addition.attempt.state).toBe('unreachable');
  expect(await addition.send({ token: 'secret-7' }, nothing, true)).toMatchObject({ name: 'Second office', state: 'unreachable' });
  expect((await host.connections()).map(({ name }) => name)).toContain('Second office');
});

test('no secret stays behind, whether it was taken or refused', async () => {
  const { addition } = await filled();
  await addition.send({ token: 'wrong' }, nothing);
  expect(held(addition)).not.toContain('"wrong"');
  await addition.send({ token: 'secret-7' }, nothing);
  expect(held(addition)).not.toContain('secret-7');
});

test('hosts are confirmed first, and sent as they were shown', async () => {
  const { addition, host } = await filled();
  const sent: NewConnection[] = [];
  const add = host.addConnection;
  host.addConnection = (wanted) => {
    sent.push(wanted);
    return add(wanted);
  };
  addition.hostsConfirmed = false;
  expect(await addition.send({ token: 'x' }, nothing)).toBeNull();
  expect(sent, 'nothing is sent before that').toEqual([]);
  addition.hostsConfirmed = true;
  await addition.send({ token: 'x' }, nothing);
  expect(sent[0]?.hosts).toEqual(['files.example.com']);
});

test('what is missing is named, and a taken name refused', async () => {
  const { addition } = await filled();
  expect(await addition.send({ token: '' }, nothing)).toBeNull();
  expect(addition.missing).toEqual(['token']);
  addition.name = 'Harbour cameras';
  expect(addition.nameFlaw).toBe('taken');
  addition.name = '../elsewhere';
  expect(addition.nameFlaw).toBe('unfit');
});

test('a change is kept once the server answers, or at a person\'s word', async () => {
  const host = fakeHost();
  const [before] = await host.connections();
  if (before === undefined) throw new Error('there is one');
  const changing = new Changing(host, before);
  changing.reach.limit = '0';
  expect(await changing.send(nothing)).toBeNull();
  expect(changing.attempt.state, 'nothing is sent before that').toBe('idle');
  changing.reach.limit = '7';
  changing.reach.url = 'https://nowhere.example.com/';
  expect(await changing.send(nothing)).toBeNull();
  expect(changing.attempt.state).toBe('unreachable');
  expect((await host.connections())[0]?.settings).toEqual(before.settings);
  expect(await changing.send(nothing, true)).toMatchObject({ name: before.name, settings: { limit: 7 }, state: 'unreachable' });
});

test('addresses are whole, and plain HTTP is warned of outside this machine', () => {
  expect(['reports.example.com', 'ftp://x', 'https://x.example', 'http://x.example', 'http://localhost:8080'].map(addressFlaw)).toEqual(['none', 'none', null, 'plain', null]);
});

test('a test says how it went', async () => {
  const list = new ConnectionList(fakeHost());
  await list.load();
  await list.test('Harbour cameras');
  await list.test('Render farm');
  expect(list.tested['Harbour cameras']?.state).toBe('works');
  expect(list.tested['Render farm']).toMatchObject({ state: 'failed', failure: { name: 'NETWORK_ERROR' } });
});

import { expect, test, vi } from 'vitest';
import { fakeHost, type FakeHost, type FakeOptions } from '../../shared/host/fake';
import type { ConnectionView, SecretField } from '../../shared/wire';
import { Addition } from './addition.svelte';
import { Changing } from './changing.svelte';
import { SignIn, type PassPhrase } from './door.svelte';

const nothing: PassPhrase = { once: '', again: '' };
const phrase: PassPhrase = { once: 'a phrase', again: '' };
const person: SecretField[] = [{ name: 'user', label: 'User', isPublic: true }, { name: 'password', label: 'Password', isPublic: false }];

/** An app of that sealed file, and the connection of it whose secrets are in there. */
async function played(sealed: NonNullable<FakeOptions['sealed']>): Promise<{ host: FakeHost; connection: ConnectionView; unlock: ReturnType<typeof vi.spyOn>; signIn: ReturnType<typeof vi.spyOn> }> {
  const host = fakeHost({ sealed });
  const unlock = vi.spyOn(host, 'unlockSecrets');
  const signIn = vi.spyOn(host, 'signIn');
  const connection = (await host.connections()).find(({ keeping }) => keeping === 'file') ?? expect.fail('one is sealed');
  return { host, connection, unlock, signIn };
}

test('a closed connection is opened by its pass phrase alone', async () => {
  const { host, connection, unlock, signIn } = await played('closed');
  const door = new SignIn(host, connection);
  expect(door.wantsPassPhrase).toBe(true);
  expect(await door.send(person, { user: '', password: '' }, phrase)).toBe(true);
  expect(unlock).toHaveBeenCalledExactlyOnceWith('a phrase');
  expect(signIn, 'the old sign-in is used').not.toHaveBeenCalled();
  expect([door.wantsPassPhrase, door.missing]).toEqual([false, []]);
});

test('a closed connection is opened, then signed in to, where a sign-in was typed', async () => {
  const { host, connection, unlock, signIn } = await played('closed');
  const door = new SignIn(host, connection);
  expect(await door.send(person, { user: 'ada', password: '' }, phrase), 'half a sign-in is none').toBe(false);
  expect(door.missing).toEqual(['password']);
  expect(unlock).not.toHaveBeenCalled();
  expect(await door.send(person, { user: 'ada', password: 'x' }, phrase)).toBe(true);
  expect(signIn).toHaveBeenCalledExactlyOnceWith('Matter packages', { user: 'ada', password: 'x' });
  expect(unlock).toHaveBeenCalledOnce();
});

test('a wrong pass phrase is said, and another may be typed', async () => {
  const { host, connection } = await played('closed');
  const door = new SignIn(host, connection);
  expect(await door.send(person, {}, { once: 'wrong', again: '' })).toBe(false);
  expect(door.failureAt('not-opened')?.message).toBe('This is not the pass phrase');
  expect(await door.send(person, {}, phrase)).toBe(true);
});

test('a sealed connection that is not closed asks for no pass phrase, whatever the file of others', async () => {
  const { host, connection, unlock } = await played('closed');
  const sealedByKey = { ...connection, isClosed: false };
  const door = new SignIn(host, sealedByKey);
  expect(door.wantsPassPhrase).toBe(false);
  expect(await door.send(person, { user: '', password: '' }, nothing), 'its sign-in is wanted').toBe(false);
  expect(door.missing).toEqual(['user', 'password']);
  const changing = new Changing(host, sealedByKey);
  expect(changing.wantsPassPhrase).toBe(false);
  expect(await changing.send(nothing)).toMatchObject({ name: 'Matter packages' });
  expect(unlock).not.toHaveBeenCalled();
});

test('a pass phrase that was not typed is a flaw, never silence', async () => {
  const { host, connection, unlock } = await played('closed');
  const signIn = new SignIn(host, connection);
  expect(await signIn.send(person, {}, nothing)).toBe(false);
  const changing = new Changing(host, connection);
  expect(await changing.send(nothing)).toBeNull();
  expect([signIn.passPhraseFlaw, changing.passPhraseFlaw]).toEqual(['none', 'none']);
  expect(unlock).not.toHaveBeenCalled();
  expect(await changing.send(phrase)).toMatchObject({ name: 'Matter packages' });
  expect(changing.passPhraseFlaw).toBeNull();
});

async function adding(sealed: NonNullable<FakeOptions['sealed']>, connector = 'clips'): Promise<{ addition: Addition; host: FakeHost; unlock: ReturnType<typeof vi.spyOn> }> {
  const { host, unlock } = await played(sealed);
  const addition = new Addition(host);
  await addition.load();
  addition.choose(addition.connectors?.find(({ id }) => id === connector) ?? null);
  addition.name = 'Second office';
  addition.reach.url = 'https://office.example.com/';
  addition.hostsConfirmed = true;
  return { addition, host, unlock };
}

test('without a keychain the sealed file is proposed, and its new pass phrase typed twice', async () => {
  const { addition, unlock } = await adding('new');
  expect([addition.keeping, addition.wantsPassPhrase, addition.choosesPassPhrase]).toEqual(['file', true, true]);
  expect(await addition.send({ token: 'x' }, nothing)).toBeNull();
  expect(addition.passPhraseFlaw).toBe('none');
  expect(await addition.send({ token: 'x' }, { once: 'a phrase', again: 'a phrasw' })).toBeNull();
  expect(addition.passPhraseFlaw).toBe('differs');
  expect(unlock, 'nobody could recover it').not.toHaveBeenCalled();
  expect(await addition.send({ token: 'x' }, { once: 'a phrase', again: 'a phrase' })).toMatchObject({ name: 'Second office', keeping: 'file' });
  expect(unlock).toHaveBeenCalledExactlyOnceWith('a phrase');
  expect(JSON.stringify([{ ...addition }, addition.attempt, addition.secrets]), 'it stands in no state').not.toContain('a phrase');
});

test('of a sealed file that is there the pass phrase is typed once', async () => {
  const { addition, unlock } = await adding('closed');
  addition.keeping = 'file';
  expect([addition.wantsPassPhrase, addition.choosesPassPhrase]).toEqual([true, false]);
  expect(await addition.send({ token: 'x' }, phrase)).toMatchObject({ name: 'Second office' });
  expect(unlock).toHaveBeenCalledExactlyOnceWith('a phrase');
});

test('a server that needs no sign-in needs no pass phrase either', async () => {
  const { addition, unlock } = await adding('new', 'renders');
  expect(addition.wantsPassPhrase).toBe(false);
  expect(await addition.send({}, nothing)).toMatchObject({ name: 'Second office', keeping: 'session' });
  expect(unlock).not.toHaveBeenCalled();
});

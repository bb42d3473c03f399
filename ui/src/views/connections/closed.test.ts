import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { fakeHost, type FakeHost, type FakeOptions } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import { router } from '../../shared/router';
import MainWindow from '../main/MainWindow.svelte';

beforeEach(() => router.go({ view: 'list' }));

async function opened(sealed: NonNullable<FakeOptions['sealed']>): Promise<{ host: FakeHost; card: HTMLElement }> {
  const host = fakeHost({ sealed });
  useHost(host);
  router.go({ view: 'connections' });
  render(MainWindow, { host });
  return { host, card: await screen.findByRole('listitem', { name: 'Matter packages' }) };
}

async function dialogOf(card: HTMLElement): Promise<HTMLElement> {
  await fireEvent.click(within(card).getByRole('button', { name: 'Open…' }));
  return screen.findByRole('dialog', { name: 'Open Matter packages' });
}

test('a closed connection says so on its card, and is opened there by the pass phrase alone', async () => {
  const { host, card } = await opened('closed');
  const signIn = vi.spyOn(host, 'signIn');
  within(card).getByText('Closed: needs its pass phrase');
  expect(within(card).queryByRole('button', { name: 'Sign in again' }), 'one button leads on').toBeNull();
  const dialog = await dialogOf(card);
  within(dialog).getByText('Open the sealed file with its pass phrase; a new sign-in is only needed if the old one no longer works');
  const user = await within(dialog).findByLabelText(/^User/);
  expect([...dialog.querySelectorAll('input')].map(({ name }) => name)).toEqual(['pass-phrase', 'secret:user', 'secret:password']);
  expect(user.getAttribute('aria-required'), 'it may stay empty').toBeNull();
  within(dialog).getByLabelText<HTMLInputElement>('Pass phrase').value = 'a phrase';
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Open' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(signIn).not.toHaveBeenCalled();
  await waitFor(() => expect(within(card).queryByText(/^Closed/)).toBeNull());
  within(card).getByRole('button', { name: 'Sign in again' });
  screen.getByText('Matter packages is open');
});

test('a pass phrase that is missing or wrong is said at its field, which has the keyboard', async () => {
  const { card } = await opened('closed');
  const dialog = await dialogOf(card);
  const field = within(dialog).getByLabelText<HTMLInputElement>('Pass phrase');
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Open' }));
  await within(dialog).findByText('Fill this in');
  await waitFor(() => expect(document.activeElement).toBe(field));
  field.value = 'wrong';
  field.blur();
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Open' }));
  await within(dialog).findByText(/^This is not the pass phrase/);
  await waitFor(() => expect(document.activeElement).toBe(field));
});

test('it is opened also while the connectors cannot be read', async () => {
  const { host, card } = await opened('closed');
  vi.spyOn(host, 'connectors').mockReturnValue(new Promise(() => undefined));
  const dialog = await dialogOf(card);
  within(dialog).getByLabelText<HTMLInputElement>('Pass phrase').value = 'a phrase';
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Open' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('a change of a closed connection asks for the pass phrase, one of an open connection never', async () => {
  const { card } = await opened('closed');
  await fireEvent.click(within(card).getByRole('button', { name: 'Change… Matter packages' }));
  const dialog = screen.getByRole('dialog', { name: 'Change Matter packages' });
  const field = within(dialog).getByLabelText('Pass phrase');
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Test and save' }));
  await within(dialog).findByText('Fill this in');
  await waitFor(() => expect(document.activeElement).toBe(field));
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await fireEvent.click(screen.getByRole('button', { name: 'Change… Harbour cameras' }));
  expect(within(screen.getByRole('dialog')).queryByLabelText('Pass phrase')).toBeNull();
});

test('a new pass phrase is typed twice, and the second that differs has the keyboard', async () => {
  const host = fakeHost({ sealed: 'new' });
  useHost(host);
  router.go({ view: 'connections', add: true });
  render(MainWindow, { host });
  await fireEvent.click(await screen.findByRole('button', { name: /^Camera clips/ }));
  await fireEvent.input(await screen.findByLabelText('Address'), { target: { value: 'https://office.example.com/' } });
  screen.getByLabelText<HTMLInputElement>('Token').value = 'right';
  const once = screen.getByLabelText<HTMLInputElement>('Pass phrase');
  const again = screen.getByLabelText<HTMLInputElement>('Pass phrase once more');
  const send = screen.getByRole('button', { name: 'Test and save' });
  await fireEvent.click(send);
  await waitFor(() => expect(document.activeElement).toBe(once));
  screen.getByText('Fill this in');
  once.value = 'a phrase';
  again.value = 'another';
  await fireEvent.click(send);
  await screen.findByText('The two are not the same');
  await waitFor(() => expect(document.activeElement).toBe(again));
  again.value = 'a phrase';
  await fireEvent.click(send);
  await screen.findByRole('listitem', { name: 'Camera clips' });
});

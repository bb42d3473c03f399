import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import type { ConnectionView } from '../../shared/wire';
import AddConnection from './AddConnection.svelte';

async function opened(): Promise<{ saved: ConnectionView[]; host: ReturnType<typeof fakeHost> }> {
  const host = fakeHost();
  useHost(host);
  const saved: ConnectionView[] = [];
  render(AddConnection, { onsaved: (connection) => saved.push(connection), oncancel: () => undefined });
  (await screen.findByRole('button', { name: /^Camera clips/ })).click();
  await fireEvent.input(await screen.findByLabelText('Address'), { target: { value: 'https://cameras.example.com/' } });
  return { saved, host };
}

test('a refused secret is said at its field, emptied there, and a right one saves', async () => {
  const { saved } = await opened();
  const token = screen.getByLabelText<HTMLInputElement>('Token');
  expect(token.type).toBe('password');
  token.value = 'wrong';
  screen.getByRole('button', { name: 'Test and save' }).click();
  await screen.findByText(/The server refused the sign-in/);
  expect([token.value, token.getAttribute('aria-invalid')]).toEqual(['', 'true']);
  token.value = 'right';
  screen.getByRole('button', { name: 'Test and save' }).click();
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(token.value, 'nothing of it stays in the page').toBe('');
});

test('an unreachable server offers to save anyway, without typing again', async () => {
  const { saved } = await opened();
  await fireEvent.input(screen.getByLabelText('Address'), { target: { value: 'https://nowhere.example.com/' } });
  screen.getByLabelText<HTMLInputElement>('Token').value = 'right';
  screen.getByRole('button', { name: 'Test and save' }).click();
  (await screen.findByRole('button', { name: 'Save anyway' })).click();
  await waitFor(() => expect(saved[0]?.state).toBe('unreachable'));
});

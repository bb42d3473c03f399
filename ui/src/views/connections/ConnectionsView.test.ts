import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { fakeHost, type FakeHost } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import { router } from '../../shared/router';
import MainWindow from '../main/MainWindow.svelte';

beforeEach(() => router.go({ view: 'list' }));

test('how a connection stands is followed while somebody looks', async () => {
  const host = fakeHost();
  useHost(host);
  router.go({ view: 'connections' });
  render(MainWindow, { host });
  const card = await screen.findByRole('listitem', { name: 'Harbour cameras' });
  within(card).getByText('ready');
  host.world.connections = host.world.connections.map((one) => (one.name === 'Harbour cameras' ? { ...one, state: 'needs-sign-in' } : one));
  host.world.tell([]);
  await within(card).findByText('sign in again');
});

async function signingIn(host: FakeHost): Promise<HTMLElement> {
  useHost(host);
  router.go({ view: 'connections', signIn: 'Matter packages' });
  render(MainWindow, { host });
  return screen.findByRole('dialog', { name: 'Sign in to Matter packages' });
}

test('a sign-in that cannot begin is tried again', async () => {
  const host = fakeHost();
  vi.spyOn(host, 'connectors').mockRejectedValueOnce(new Error('The home folder cannot be read'));
  const dialog = await signingIn(host);
  await within(dialog).findByText('The home folder cannot be read');
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Try again' }));
  await within(dialog).findByLabelText('User');
  expect(within(dialog).queryByRole('alert')).toBeNull();
});

test('a sign-in whose connector was taken away says so and leads to the connectors', async () => {
  const host = fakeHost();
  vi.spyOn(host, 'connectors').mockResolvedValue([]);
  const dialog = await signingIn(host);
  await within(dialog).findByText('The connector of this connection is no longer here');
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Connectors' }));
  expect(router.place.view).toBe('connectors');
});

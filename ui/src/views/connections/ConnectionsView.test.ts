import { render, screen, within } from '@testing-library/svelte';
import { beforeEach, test } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
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

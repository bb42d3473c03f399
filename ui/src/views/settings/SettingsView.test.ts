import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { noon } from '../../../tests/rows';
import { fakeHost, type FakeHost } from '../../shared/host/fake';
import { useHost } from '../../shared/host/current';
import { router } from '../../shared/router';
import MainWindow from '../main/MainWindow.svelte';

beforeEach(() => router.go({ view: 'list' }));

async function open(change: (host: FakeHost) => void = () => undefined): Promise<FakeHost> {
  const host = fakeHost({ start: noon });
  change(host);
  useHost(host);
  router.go({ view: 'settings' });
  render(MainWindow, { host });
  await screen.findByRole('heading', { name: 'Network' });
  return host;
}

const group = (name: string): HTMLElement => screen.getByRole('group', { name });

describe('a certificate', () => {
  it('is chosen in the dialog, shown, and taken back', async () => {
    const host = await open();
    const saved = vi.spyOn(host, 'saveSettings');
    await fireEvent.click(within(group('Client certificate')).getByRole('button', { name: 'Choose…' }));
    await within(group('Client certificate')).findByText('/etc/ssl/harbour.pem');
    expect(saved).toHaveBeenCalledWith(expect.objectContaining({ clientCertificate: '/etc/ssl/harbour.pem', certificateAuthority: null }));
    await fireEvent.click(within(group('Client certificate')).getByRole('button', { name: 'None again' }));
    await within(group('Client certificate')).findByText('None');
  });

  it('that cannot be used says so where it was chosen', async () => {
    const host = await open();
    vi.spyOn(host, 'saveSettings').mockRejectedValue({ code: 'EXPORT_007', name: 'NETWORK_ERROR', message: 'The file holds no certificate', remediation: 'Choose a PEM file', recoverable: true, correlationId: null, details: null });
    await fireEvent.click(within(group('Further certificate authorities')).getByRole('button', { name: 'Choose…' }));
    await within(group('Further certificate authorities')).findByText(/The file holds no certificate/);
  });
});

describe('the sample service', () => {
  it('is stopped only where it runs', async () => {
    const host = await open();
    const part = screen.getByRole('region', { name: 'Sample service' });
    within(part).getByText('Does not run');
    expect(within(part).queryByRole('button', { name: 'Stop the sample service' })).toBeNull();
    await fireEvent.click(within(part).getByRole('button', { name: 'Start, and ask for five exports' }));
    await within(part).findByText('Runs');
    await fireEvent.click(within(part).getByRole('button', { name: 'Stop the sample service' }));
    await within(part).findByText('Does not run');
    expect(host.world.sampleRuns).toBe(false);
  });
});

describe('closing', () => {
  it('says what it does where there is no tray', async () => {
    await open((host) => {
      const { desk } = host.world;
      host.world.desk = () => ({ ...desk.call(host.world), hasTray: false });
    });
    within(group('Closing the window')).getByText(/has no tray/);
  });
});

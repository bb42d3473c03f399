import { describe, expect, it, vi } from 'vitest';
import { rowOf, rowsOf, startedApp } from '../../../tests/rows';
import type { JobRow } from '../../shared/wire';
import { jobMenu } from './menu';

const landed = (count: number): JobRow[] => rowsOf(count, () => ({ section: 'landed', phase: 'landed', orders: ['open', 'reveal', 'forget'] }));

async function labelsOf(rows: JobRow[]): Promise<string[]> {
  const { app } = await startedApp();
  return jobMenu(app, rows, () => undefined, () => undefined).map(({ label }) => label);
}

describe('the menu of several', () => {
  it('opens all of them where they are few enough', async () => {
    const { app, host } = await startedApp();
    const open = vi.spyOn(host, 'openFile');
    const item = jobMenu(app, landed(10), () => undefined, () => undefined).find(({ label }) => label === 'Open');
    item?.run();
    await vi.waitFor(() => expect(open).toHaveBeenCalledTimes(10));
    expect(await labelsOf(landed(11)), 'eleven windows are too many').not.toContain('Open');
  });

  it('says of how many it is, where it fits some only', async () => {
    expect(await labelsOf([...landed(2), rowOf({ id: 'other' })])).toContain('Open (2)');
  });

  it('shows a folder of one alone', async () => {
    expect(await labelsOf(landed(1))).toContain('Show in folder');
    expect(await labelsOf([...landed(1), rowOf({ id: 'other' })]), 'which one would it be?').not.toContain('Show in folder (1)');
  });

  it('signs in to one connection at a time', async () => {
    const waiting = (connection: string): JobRow[] => rowsOf(2, (index) => ({ id: `${connection}${index.toString()}`, connection, phase: 'needs-sign-in', orders: ['sign-in'] }));
    expect(await labelsOf(waiting('Harbour cameras'))).toContain('Sign in');
    expect(await labelsOf([...waiting('Harbour cameras'), ...waiting('Render farm')])).not.toContain('Sign in');
  });
});

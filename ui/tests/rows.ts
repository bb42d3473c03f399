// Rows for tests: everything usual, and what the test says.
import { flushSync } from 'svelte';
import { fakeHost, type FakeHost, type FakeOptions } from '../src/shared/host/fake';
import { jobOf } from '../src/shared/host/fake/job';
import { World } from '../src/shared/host/fake/world';
import { App } from '../src/domain/app.svelte';
import type { Change, Desk, JobRow } from '../src/shared/wire';

export const noon = Date.UTC(2026, 10, 23, 12);

export function rowOf(change: Partial<JobRow> = {}): JobRow {
  const { row } = jobOf({ id: 'a1', title: 'Quay 7', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'downloading', size: 1000, minutesAgo: 10 }, noon);
  return { ...row, ...change };
}

/** So many rows with ids `r0`, `r1`, …, each created a minute after the one before. */
export function rowsOf(count: number, change: (index: number) => Partial<JobRow> = () => ({})): JobRow[] {
  return Array.from({ length: count }, (_, index) => rowOf({ id: `r${index.toString()}`, title: `Job ${index.toString()}`, createdAt: new Date(noon + index * 60_000).toISOString(), ...change(index) }));
}

export const deskOf = (change: Partial<Desk> = {}): Desk => ({ ...new World({ start: noon, state: 'empty' }).desk(), ...change });
export const whole = (rows: JobRow[], revision = 1): Change => ({ type: 'whole', revision, rows, desk: deskOf() });
export const delta = (rows: JobRow[], gone: string[] = [], revision = 2): Change => ({ type: 'delta', revision, rows, gone, desk: null });

/** An app that has heard everything from a played one. */
export async function startedApp(options: FakeOptions = {}): Promise<{ app: App; host: FakeHost }> {
  const host = fakeHost({ start: noon, ...options });
  const app = new App(host);
  await app.start();
  flushSync();
  return { app, host };
}

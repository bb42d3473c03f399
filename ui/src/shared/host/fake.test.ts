import { expect, it } from 'vitest';
import { noon } from '../../../tests/rows';
import type { Change, Phase } from '../wire';
import { fakeHost } from './fake';

it('has a job in every phase', async () => {
  const phases = new Set<Phase>([...fakeHost({ start: noon }).world.jobs.values()].map((job) => job.row.phase));
  const all: Phase[] = ['queued', 'submitting', 'waiting', 'preparing', 'resolving', 'downloading', 'verifying', 'extracting', 'landed', 'paused', 'resting', 'needs-sign-in', 'cancelling', 'cancelled', 'failed', 'expired'];
  expect(all.filter((phase) => !phases.has(phase))).toEqual([]);
});

it('brings a download to its landing as its clock is stepped', async () => {
  const { world } = fakeHost({ start: noon });
  const before = world.job('k7m2').row.bytes;
  world.step(1000);
  expect(world.job('k7m2').row.bytes).toBeGreaterThan(before);
  for (let second = 0; second < 600; second += 1) world.step(1000);
  expect(world.job('k7m2').row).toMatchObject({ phase: 'landed', section: 'landed', verified: true });
});

it('stands still while everything is paused', async () => {
  const host = fakeHost({ start: noon });
  await host.pauseAll();
  const before = host.world.job('k7m2').row;
  host.world.step(1000);
  expect(host.world.job('k7m2').row).toBe(before);
});

it('tells rising revisions', async () => {
  const host = fakeHost({ start: noon, rows: 200 });
  const heard: Change[] = [];
  await host.watch((change) => heard.push(change));
  host.world.step(100);
  host.world.step(100);
  expect(heard.map((change) => change.type)).toEqual(['whole', 'delta', 'delta']);
  const revisions = heard.map((change) => change.revision);
  expect(revisions).toEqual(revisions.toSorted((left, right) => left - right));
});

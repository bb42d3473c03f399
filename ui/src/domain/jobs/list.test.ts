import { flushSync } from 'svelte';
import { describe, expect, it } from 'vitest';
import { delta, noon, rowOf, rowsOf, whole } from '../../../tests/rows';
import { JobList } from './list.svelte';
import { JobStore } from './store.svelte';

const at = (minutes: number): string => new Date(noon + minutes * 60_000).toISOString();
const landed = (count: number) => rowsOf(count, (index) => ({ section: 'landed', phase: 'landed', updatedAt: at(index) }));

describe('what has landed', () => {
  it('is new until it was looked at, also at the next start', () => {
    const jobs = new JobStore();
    const list = new JobList(jobs);
    jobs.apply(whole([...landed(2), ...rowsOf(1, () => ({ id: 'busy' }))]));
    expect(list.unseen.map((row) => row.id)).toEqual(['r0', 'r1']);
    list.goTo('landed');
    list.seeLanded();
    list.goTo('active');
    expect(list.unseen).toEqual([]);
    jobs.apply(delta([rowOf({ id: 'busy', section: 'landed', phase: 'landed', updatedAt: at(9) })]));
    expect(list.unseen.map((row) => row.id), 'one more came meanwhile').toEqual(['busy']);
    expect(new JobList(jobs).unseen, 'another page begins where this one was').toHaveLength(1);
  });

  it('that comes while it is in sight is seen by who leaves', () => {
    const jobs = new JobStore();
    const list = new JobList(jobs);
    jobs.apply(whole(landed(1)));
    list.goTo('landed');
    jobs.apply(delta(landed(3)));
    list.goTo('active');
    flushSync();
    expect(list.unseen).toEqual([]);
  });
});

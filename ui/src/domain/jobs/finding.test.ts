import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { delta, rowOf, rowsOf, startedApp, whole } from '../../../tests/rows';
import type { JobId } from '../../shared/wire';
import { JobList } from './list.svelte';
import { JobStore } from './store.svelte';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ids = (list: JobList): JobId[] => list.cells.map((cell) => cell.id).toSorted();

function listOf(find: (words: string[]) => Promise<JobId[][]>): { jobs: JobStore; list: JobList } {
  const jobs = new JobStore();
  const list = new JobList(jobs, find);
  jobs.apply(whole(rowsOf(3)));
  return { jobs, list };
}

describe('a search', () => {
  it('finds what stands in the rows at once, and what only the app knows soon after', async () => {
    const find = vi.fn(() => Promise.resolve([['r1'], []]));
    const { list } = listOf(find);
    list.search('9C41 job');
    expect(ids(list), 'no row shows it').toEqual([]);
    list.search('9C41 job 1');
    list.search('9C41 job');
    await vi.advanceTimersByTimeAsync(200);
    expect(find.mock.calls, 'asked once, when nobody typed any more').toEqual([[['9c41', 'job']]]);
    expect(ids(list), 'the one word by the app, the other by the row').toEqual(['r1']);
    list.search('');
    expect(ids(list)).toHaveLength(3);
  });

  it('forgets an answer to what is no longer searched', async () => {
    let answer: (found: JobId[][]) => void = () => undefined;
    const { list } = listOf(() => new Promise((tell) => (answer = tell)));
    list.search('9c41');
    await vi.advanceTimersByTimeAsync(200);
    list.search('77d0');
    answer([['r1']]);
    await vi.advanceTimersByTimeAsync(0);
    list.search('9c41');
    expect(ids(list)).toEqual([]);
  });

  it('goes on without what the app does not answer', async () => {
    const { list } = listOf(() => Promise.reject(new Error('no')));
    list.search('job 2');
    await vi.advanceTimersByTimeAsync(200);
    expect(ids(list)).toEqual(['r2']);
  });

  it('is asked again when jobs came', async () => {
    const find = vi.fn(() => Promise.resolve([['late']]));
    const { jobs, list } = listOf(find);
    list.search('9c41');
    await vi.advanceTimersByTimeAsync(200);
    jobs.apply(delta([rowOf({ id: 'late' })]));
    expect(ids(list), 'what was found is kept').toEqual(['late']);
    list.searchAgain();
    await vi.advanceTimersByTimeAsync(200);
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('says in which other part of the list something fits', async () => {
    const { app } = await startedApp();
    app.list.search('neubau süd');
    expect(app.list.elsewhere()).toContainEqual(['landed', expect.any(Number)]);
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noon } from '../../../tests/rows';
import { fakeHost } from '../../shared/host/fake';
import { Contents, Detail } from './detail.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('asks at most once a second, however often the row changes, and once more at the end', async () => {
  const host = fakeHost({ start: noon });
  const ask = vi.spyOn(host, 'detail');
  const detail = new Detail(host, 'k7m2');
  for (let change = 0; change < 50; change += 1) {
    detail.refresh();
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(2000);
  expect(ask.mock.calls.length).toBeGreaterThanOrEqual(5);
  expect(ask.mock.calls.length).toBeLessThanOrEqual(7);
  expect(detail.shown?.row.id).toBe('k7m2');
});

it('shows nothing of an answer that comes after it was left', async () => {
  const host = fakeHost({ start: noon });
  const detail = new Detail(host, 'k7m2');
  detail.refresh();
  detail.stop();
  await vi.advanceTimersByTimeAsync(1500);
  expect(detail.shown).toBeNull();
});

it('says why where the app refuses', async () => {
  const detail = new Detail(fakeHost({ start: noon }), 'nobody');
  detail.refresh();
  await vi.advanceTimersByTimeAsync(1);
  expect(detail.failure?.message).toBe('There is no such job');
});

it('reads components of a package and a preview of anything else', async () => {
  const host = fakeHost({ start: noon });
  const bundle = new Contents(host, 'l3', 0, true);
  const table = new Contents(host, 'l2', 0, false);
  await vi.advanceTimersByTimeAsync(1);
  expect(bundle.package?.components).toHaveLength(5);
  expect(table.preview?.type).toBe('table');
});

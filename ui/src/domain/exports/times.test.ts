import { afterEach, beforeEach, expect, test } from 'vitest';
import { intervalFlaw, localOf, nextHour, oddity, picked, sentOf, shifted } from './times';

// Berlin turns its clocks on 29 March 2026 (02:00 becomes 03:00) and on 25 October 2026 (03:00 becomes 02:00).
beforeEach(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterEach(() => {
  process.env.TZ = 'UTC';
});

test('local times are sent in UTC, in winter and in summer', () => {
  expect(sentOf('2026-01-15T06:00')).toBe('2026-01-15T05:00:00Z');
  expect(sentOf('2026-07-15T06:00')).toBe('2026-07-15T04:00:00Z');
  expect(sentOf(''), 'an empty field sends nothing').toBe('');
});

test('what was sent is shown as the same local time', () => {
  expect(localOf('2026-07-15T04:00:00Z')).toBe('2026-07-15T06:00');
  expect(localOf('2026-07-15T04:00:05Z'), 'seconds are not lost').toBe('2026-07-15T06:00:05');
  expect(localOf('nonsense')).toBe('');
});

test('times that the clocks skip or show twice are told apart', () => {
  expect(oddity('2026-03-29T02:30')).toBe('gap');
  expect(oddity('2026-10-25T02:30')).toBe('twice');
  expect(oddity('2026-10-25T04:30')).toBeNull();
  expect(sentOf('2026-10-25T02:30'), 'of two the first is taken').toBe('2026-10-25T00:30:00Z');
});

test('a day later is the same time of the day, also where the day has 25 hours', () => {
  expect(shifted('2026-10-24T04:00:00Z', 1)).toBe('2026-10-25T05:00:00Z');
  expect(shifted('2026-03-28T05:00:00Z', 1)).toBe('2026-03-29T04:00:00Z');
});

test('yesterday of the long day lasts 25 hours', () => {
  const [start = '', end = ''] = picked('yesterday', new Date('2026-10-26T09:00:00Z')).split('/');
  expect((new Date(end).getTime() - new Date(start).getTime()) / 3_600_000).toBe(25);
});

test('an interval needs both ends in their order', () => {
  expect(intervalFlaw('2026-01-01T00:00:00Z/')).toBe('half');
  expect(intervalFlaw('2026-01-02T00:00:00Z/2026-01-01T00:00:00Z')).toBe('order');
  expect(intervalFlaw('2026-01-01T00:00:00Z/2026-01-02T00:00:00Z')).toBeNull();
  expect(intervalFlaw('')).toBeNull();
});

test('a later time begins as a full hour that is not almost there', () => {
  expect(nextHour(new Date('2026-11-21T06:10:00Z'))).toBe('2026-11-21T07:00:00Z');
  expect(nextHour(new Date('2026-11-21T06:50:00Z'))).toBe('2026-11-21T08:00:00Z');
});

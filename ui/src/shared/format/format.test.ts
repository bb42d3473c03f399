import { describe, expect, it } from 'vitest';
import { language } from '../i18n';
import { bytes, bytesOf, duration, moment, number, percent, rate, roughly } from '.';

// Intl writes narrow and no-break spaces; people read spaces.
const plain = (written: string): string => written.replaceAll(/[\u00a0\u202f]/g, ' ');
const inEach = (write: () => string): string[] =>
  (['en', 'de', 'zh'] as const).map((spoken) => {
    language.use(spoken, []);
    return plain(write());
  });

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [999_600, '1 MB'],
    [4_200_000_000, '4.2 GB'],
    [218_000_000_000, '218 GB'],
  ])('of %d', (value, written) => {
    expect(bytes(value)).toBe(written);
  });

  it('in each language', () => {
    expect(inEach(() => bytes(4_200_000_000))).toEqual(['4.2 GB', '4,2 GB', '4.2 GB']);
    expect(inEach(() => rate(10_600_000))).toEqual(['10.6 MB/s', '10,6 MB/s', '10.6 MB/s']);
  });

  it('name a common unit once', () => {
    expect(bytesOf(1_900_000_000, 4_200_000_000)).toBe('1.9 / 4.2 GB');
    expect(bytesOf(170_000_000, 1_400_000_000)).toBe('170 MB / 1.4 GB');
    expect(bytesOf(0, 1_400_000_000)).toBe('0 / 1.4 GB');
  });
});

describe('spans', () => {
  it('in each language', () => {
    expect(inEach(() => duration(220))).toEqual(['3 min 40 sec', '3 Min. 40 Sek.', '3分钟40秒']);
    expect(inEach(() => duration(7500))).toEqual(['2 hr 5 min', '2 Std. 5 Min.', '2小时5分钟']);
    expect(inEach(() => duration(0))).toEqual(['0 sec', '0 Sek.', '0秒']);
  });

  it('that are guesses are round', () => {
    expect(roughly(217)).toBe('4 min');
    expect(roughly(44)).toBe('40 sec');
    expect(roughly(6)).toBe('6 sec');
    expect(roughly(9000)).toBe('2 hr 30 min');
  });
});

describe('times', () => {
  const now = new Date('2026-11-23T14:00:00Z');

  it('of today have no day, of another day they have', () => {
    expect(moment('2026-11-23T09:05:00Z', now)).toBe('09:05');
    expect(inEach(() => moment('2026-11-21T09:05:00Z', now))).toEqual(['Nov 21, 09:05', '21. Nov., 09:05', '11月21日 09:05']);
  });

  it('of another year have the year', () => {
    expect(moment('2025-11-21T09:05:00Z', now)).toBe('Nov 21, 2025, 09:05');
  });
});

describe('numbers', () => {
  it('in each language', () => {
    expect(inEach(() => number(10_000))).toEqual(['10,000', '10.000', '10,000']);
    expect(inEach(() => percent(0.58))).toEqual(['58%', '58 %', '58%']);
  });
});

// Points in time as fields show them (local, as `datetime-local` writes it) and as they are sent (RFC 3339 in UTC).

const two = (value: number): string => value.toString().padStart(2, '0');

/** The local day and time of a point in time, `2026-11-21T06:00`; empty where the text is none. */
export function localOf(sent: string): string {
  const date = new Date(sent.trim());
  if (sent.trim() === '' || Number.isNaN(date.getTime())) return '';
  const seconds = date.getSeconds() === 0 ? '' : `:${two(date.getSeconds())}`;
  const year = date.getFullYear().toString().padStart(4, '0');
  return `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

/** The point in time of a local day and time, in UTC to the second; empty where the text is none. */
export function sentOf(local: string): string {
  const date = new Date(local);
  if (local === '' || Number.isNaN(date.getTime())) return '';
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Whether the clocks skip a local time (`gap`) or show it twice. */
export function oddity(local: string): 'gap' | 'twice' | null {
  const sent = sentOf(local);
  if (sent === '') return null;
  if (localOf(sent).slice(0, 16) !== local.slice(0, 16)) return 'gap';
  // Zones turn their clocks back by an hour, one of them by half of it.
  const again = [30, 60].some((minutes) => localOf(new Date(new Date(sent).getTime() + minutes * 60_000).toISOString()) === localOf(sent));
  return again ? 'twice' : null;
}

/** The same time of the local day so many days later. */
export function shifted(sent: string, days: number): string {
  const date = new Date(sent);
  if (Number.isNaN(date.getTime())) return sent;
  date.setDate(date.getDate() + days);
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The next full hour that is not almost there, as it is sent. */
export function nextHour(now = new Date()): string {
  const date = new Date(now.getTime() + 75 * 60_000);
  date.setMinutes(0, 0, 0);
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The two ends of `START/END`; what is missing is empty. */
export function endsOf(interval: string): [string, string] {
  const [start = '', end = ''] = interval.split('/');
  return [start.trim(), end.trim()];
}

/** `START/END`; empty where both ends are missing. */
export function intervalOf(start: string, end: string): string {
  return start === '' && end === '' ? '' : `${start}/${end}`;
}

/** Why two ends make no interval, or null. */
export function intervalFlaw(interval: string): 'half' | 'order' | null {
  const [start, end] = endsOf(interval);
  if ((start === '') !== (end === '')) return 'half';
  return start !== '' && new Date(start) >= new Date(end) ? 'order' : null;
}

/** A span that people often mean. */
export type Pick = 'lastHour' | 'today' | 'yesterday';

export const picks: readonly Pick[] = ['lastHour', 'today', 'yesterday'];

/** That span, seen from now, to whole minutes. */
export function picked(pick: Pick, now: Date): string {
  const minute = new Date(now);
  minute.setSeconds(0, 0);
  const midnight = new Date(minute);
  midnight.setHours(0, 0);
  const before = new Date(midnight);
  before.setDate(before.getDate() - 1);
  const spans: Record<Pick, [Date, Date]> = {
    lastHour: [new Date(minute.getTime() - 3_600_000), minute],
    today: [midnight, minute],
    yesterday: [before, midnight],
  };
  const [start, end] = spans[pick];
  return intervalOf(shifted(start.toISOString(), 0), shifted(end.toISOString(), 0));
}

/** The name of the local zone. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

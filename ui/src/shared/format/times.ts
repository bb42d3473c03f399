import { language } from '../i18n';
import { withUnit } from './numbers';

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${language.locale} ${JSON.stringify(options)}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language.locale, options);
    formats.set(name, format);
  }
  return format;
}

/** The two largest units of a span in seconds: `3 min 40 s`, `2 hr 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor(whole / 3600) % 24, 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return withUnit(0, 'second');
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => withUnit(amount, unit))
    .join(language.spoken === 'zh' ? '' : ' ');
}

/** A span that is a guess: whole minutes above two minutes, tens of seconds above twenty. */
export function roughly(seconds: number): string {
  if (seconds >= 7200) return duration(Math.round(seconds / 600) * 600);
  if (seconds >= 120) return duration(Math.round(seconds / 60) * 60);
  if (seconds >= 20) return duration(Math.round(seconds / 10) * 10);
  return duration(seconds);
}

/** Hours and minutes of the local day: `14:02`. */
export function clockTime(at: string | Date): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** With seconds, for timelines. */
export function clockSeconds(at: string | Date): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** The day: `21 Nov`, with the year where it is not this one. */
export function day(at: string | Date, now: Date = new Date()): string {
  const date = new Date(at);
  const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return dateFormat({ day: 'numeric', month: 'short', ...year }).format(date);
}

/** The time, with the day before it where that is not today. */
export function moment(at: string | Date, now: Date = new Date()): string {
  const date = new Date(at);
  if (date.toDateString() === now.toDateString()) return clockTime(date);
  return [day(date, now), clockTime(date)].join(language.spoken === 'zh' ? ' ' : ', ');
}

/** Everything, for a hint over a short form. */
export function wholeMoment(at: string | Date): string {
  return dateFormat({ dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at));
}

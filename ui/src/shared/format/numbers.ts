import { language } from '../i18n';

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(options: Intl.NumberFormatOptions, locale = language.locale): Intl.NumberFormat {
  const name = `${locale} ${JSON.stringify(options)}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, options);
    formats.set(name, format);
  }
  return format;
}

/** A number as people of the language write it. */
export function number(value: number, digits = 0): string {
  return numberFormat({ maximumFractionDigits: digits }).format(value);
}

/** A part of one as a percentage, never 100 before it is whole. */
export function percent(part: number): string {
  return numberFormat({ style: 'percent' }).format(Math.floor(part * 100 + 1e-6) / 100);
}

/** A number with its unit in short, such as `40 s` or `40秒`. Some English locales write "mins", which no row has room for. */
export function withUnit(value: number, unit: string): string {
  const locale = language.spoken === 'en' ? 'en-US' : language.locale;
  return numberFormat({ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }, locale).format(value);
}

// The units' names are the same in all three languages; Intl writes "byte" in some of them as a word.
const sizes = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Which unit fits, and how many of it. */
function scaled(value: number): { amount: number; unit: number } {
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < sizes.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return { amount, unit };
}

function amountText(amount: number, unit: number): string {
  return number(amount, unit === 0 || amount >= 99.95 ? 0 : 1);
}

/** Bytes in the unit that fits, in steps of a thousand: `4.2 GB`. */
export function bytes(value: number): string {
  const { amount, unit } = scaled(value);
  return `${amountText(amount, unit)} ${sizes[unit] ?? ''}`;
}

/** Some of a whole; the unit stands once where both have the same: `1.9 / 4.2 GB`. */
export function bytesOf(some: number, whole: number): string {
  const part = scaled(some);
  const total = scaled(whole);
  if (some > 0 && part.unit !== total.unit) return `${bytes(some)} / ${bytes(whole)}`;
  const amount = some / 1000 ** total.unit;
  return `${amountText(amount, total.unit)} / ${bytes(whole)}`;
}

/** Bytes per second: `10.6 MB/s`. */
export function rate(value: number): string {
  return `${bytes(value)}/s`;
}

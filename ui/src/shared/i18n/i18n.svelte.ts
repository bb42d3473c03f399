import { IntlMessageFormat } from 'intl-messageformat';
import type { Language } from '../wire';
import { de, en, zh, type Key, type Messages } from './messages';

export type { Key };

/** What stands in a message's braces. */
export type Values = Record<string, string | number>;

/** A language that there are texts in. */
export type Spoken = Exclude<Language, 'system'>;

const books: Record<Spoken, Messages> = { en, de, zh };

/** The first of the wanted languages that there are texts in; English if there is none. */
export function spokenOf(wanted: readonly string[]): Spoken {
  for (const tag of wanted) {
    const short = tag.slice(0, 2).toLowerCase();
    if (short === 'en' || short === 'de' || short === 'zh') return short;
  }
  return 'en';
}

/** The language of texts, numbers and dates. */
class CurrentLanguage {
  #spoken = $state<Spoken>('en');
  /** The locale by which numbers and dates are written: the system's own where it speaks the same language. */
  #locale = $state('en');

  get spoken(): Spoken {
    return this.#spoken;
  }

  get locale(): string {
    return this.#locale;
  }

  use(wanted: Language, system: readonly string[] = navigator.languages): void {
    this.#spoken = wanted === 'system' ? spokenOf(system) : wanted;
    this.#locale = system.find((tag) => spokenOf([tag]) === this.#spoken && tag.toLowerCase().startsWith(this.#spoken)) ?? this.#spoken;
    document.documentElement.lang = this.#spoken === 'zh' ? 'zh-Hans' : this.#spoken;
  }
}

export const language = new CurrentLanguage();

const formats = new Map<string, IntlMessageFormat>();

/** The text of a key in the language that is set. */
export function text(key: Key, values?: Values): string {
  const written = books[language.spoken][key];
  if (values === undefined && !written.includes('{')) return written;
  const name = `${language.locale} ${key}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new IntlMessageFormat(written, language.locale, undefined, { ignoreTag: true });
    formats.set(name, format);
  }
  return String(format.format(values));
}

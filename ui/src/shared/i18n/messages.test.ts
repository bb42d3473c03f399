import { IntlMessageFormat } from 'intl-messageformat';
import { expect, it } from 'vitest';
import { language, text } from '.';
import { spokenOf } from './i18n.svelte';
import { de, en, zh, type Key } from './messages';

const keys = Object.keys(en) as Key[];
const others = { de, zh };

type Part = ReturnType<IntlMessageFormat['getAst']>[number];

/** The names in braces, through all plural cases. */
function placeholders(written: string): string[] {
  const names = new Set<string>();
  const look = (parts: Part[]): void => {
    for (const part of parts) {
      if ('value' in part && part.type !== 0) names.add(String(part.value));
      if ('options' in part) for (const option of Object.values(part.options)) look(option.value);
    }
  };
  look(new IntlMessageFormat(written, 'en', undefined, { ignoreTag: true }).getAst());
  return [...names].toSorted();
}

it.each(['de', 'zh'] as const)('%s has every text and no other', (spoken) => {
  expect(Object.keys(others[spoken]).toSorted()).toEqual(keys.toSorted());
});

it.each(['de', 'zh'] as const)('%s has the same placeholders as English', (spoken) => {
  for (const key of keys) expect(placeholders(others[spoken][key]), key).toEqual(placeholders(en[key]));
});

it('no text is empty, and every one can be written', () => {
  for (const spoken of ['en', 'de', 'zh'] as const) {
    language.use(spoken, []);
    for (const key of keys) {
      const values = Object.fromEntries(placeholders(en[key]).map((name) => [name, 3]));
      expect(text(key, values), `${key} in ${spoken}`).not.toMatch(/^\s*$|[{}]/);
    }
  }
});

it('a single sentence has no full stop', () => {
  for (const [spoken, book] of Object.entries({ en, de, zh })) for (const key of keys) expect(book[key], `${key} in ${spoken}`).not.toMatch(/[^….][.。]$/);
});

it('plurals follow the language', () => {
  language.use('en', []);
  expect([1, 2].map((count) => text('list.found', { count }))).toEqual(['1 export', '2 exports']);
  language.use('de', []);
  expect([0, 1, 2].map((count) => text('list.found', { count }))).toEqual(['Keine Exporte', '1 Export', '2 Exporte']);
});

it('the system speaks the first language that there are texts in', () => {
  expect(spokenOf(['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(spokenOf(['fr'])).toBe('en');
  language.use('system', ['de-AT']);
  expect(language.locale, 'numbers as Austria writes them').toBe('de-AT');
  expect(document.documentElement.lang).toBe('de');
});

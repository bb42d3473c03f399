import { expect, it } from 'vitest';
import { tagsOf } from './system';

it('a locale that is no language is passed over', () => {
  expect(tagsOf(['C'])).toEqual(['en-US']);
  expect(tagsOf(['C', 'c.utf8'])).toEqual(['en-US']);
  expect(tagsOf(['C', 'de-DE'])).toEqual(['de-DE']);
  expect(tagsOf(['zh-Hans-CN', 'en'])).toEqual(['zh-Hans-CN', 'en']);
});

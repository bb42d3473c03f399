// What every test stands on: English texts, UTC, and the few browser parts that happy-dom does not play.
import { cleanup } from '@testing-library/svelte';
import { afterEach, beforeEach } from 'vitest';
import { language } from '../src/shared/i18n';

process.env.TZ = 'UTC';
beforeEach(() => {
  language.use('en');
  localStorage.clear();
});
afterEach(cleanup);

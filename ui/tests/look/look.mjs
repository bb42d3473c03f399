// Takes a picture of every view and state in both themes, with axe over it, and looks for words that are cut off in every language
// at the usual and at the smallest size. Needs a Chromium: CHROMIUM=/usr/bin/chromium npm run look [-- part of a name …]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cut, unfit } from './findings.mjs';
import { each, home, stage } from './stage.mjs';
import { looks, sizes } from './views.mjs';

const parts = process.argv.slice(2);
const wanted = looks.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
const pictures = join(home, 'looks');
mkdirSync(pictures, { recursive: true });
const { open, close } = await stage();

const inThemes = wanted.flatMap((look) => ['light', 'dark'].map((theme) => ({ look, theme })));
const seen = await each(inThemes, async ({ look, theme }) => {
  const { page, said } = await open(look, sizes[look.page][0], `theme=${theme}`);
  await page.screenshot({ path: join(pictures, `${look.name}-${theme}.png`) });
  const found = [...said, ...(await unfit(page))];
  await page.close();
  return found.map((flaw) => `${look.name}-${theme}: ${flaw}`);
});

// Dark in one language and light in the other, so that every size is seen in both.
const spoken = [['en', 'dark'], ['de', 'light'], ['zh', 'dark']];
const inWords = wanted.flatMap((look) => spoken.flatMap(([language, theme]) => sizes[look.page].map((size) => ({ look, language, theme, size }))));
const read = await each(inWords, async ({ look, language, theme, size }) => {
  const { page, said } = await open(look, size, `theme=${theme}&language=${language}`);
  const name = `${look.name}-${language}-${size[0]}`;
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  const found = [...said, ...(await cut(page))];
  await page.close();
  return found.map((flaw) => `${name}: ${flaw}`);
});

await close();
const flaws = [...seen, ...read];
for (const flaw of flaws) console.log(flaw);
console.log(flaws.length === 0 ? `Nothing found in ${wanted.length} looks` : `${flaws.length} found in ${wanted.length} looks`);
process.exitCode = flaws.length === 0 ? 0 : 1;

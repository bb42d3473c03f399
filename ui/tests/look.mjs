// Takes a picture of every view and state, light and dark, into looks/, and runs axe over each. Needs a Chromium:
// CHROMIUM=/usr/bin/chromium npm run look [part of a name …]
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const home = fileURLToPath(new URL('..', import.meta.url));
const dist = join(home, 'looks/dist');
const axe = readFileSync(join(home, 'node_modules/axe-core/axe.min.js'), 'utf8');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
// The window's own policy, so that nothing works here that would not there.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; connect-src ipc: http://ipc.localhost";

const server = createServer((request, response) => {
  const path = join(dist, decodeURIComponent(new URL(request.url, 'http://here').pathname));
  if (!path.startsWith(dist) || !existsSync(path)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream', 'content-security-policy': policy });
  createReadStream(path).pipe(response);
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;

const line = (id) => `[data-job="${id}"]`;
const first = (page) => page.locator('[data-job]').first();
const section = (name) => async (page) => page.locator('nav button.item', { hasText: name }).first().click();
const inSection = (name, id) => async (page) => {
  await section(name)(page);
  if (id) await page.locator(line(id)).click();
};

const at = (place) => `place=${encodeURIComponent(JSON.stringify(place))}`;
const end = (page) => page.locator('main, .page').last().evaluate((view) => view.querySelectorAll('*').forEach((part) => part.scrollTo(0, 9999)));
const typed = 'camera,interval\nquay-1,2026-11-21 06:00/07:00\nquay-2,,\nquay-3,2026-11-21 06:00/07:00\n';
const views = [
  ['settings', at({ view: 'settings' }), null],
  ['settings-end', at({ view: 'settings' }), end],
  ['connections', at({ view: 'connections' }), null],
  ['connection-kinds', at({ view: 'connections', add: true }), null],
  ['connection-form', at({ view: 'connections', add: true }), (page) => page.locator('main button, .page button').filter({ hasText: 'Take-off reports' }).first().click()],
  ['connection-sign-in', at({ view: 'connections', signIn: 'Matter packages' }), null],
  ['connection-change', at({ view: 'connections' }), (page) => page.locator('main li .icon-button').nth(2).click()],
  ['connectors', at({ view: 'connectors' }), null],
  ['connector-file', at({ view: 'connectors', dropped: { name: 'tides.toml', text: 'x = 1' } }), null],
  ['new-export', at({ view: 'new-export', connection: 'Harbour cameras' }), null],
  ['new-export-flaws', at({ view: 'new-export', connection: 'Take-off reports' }), (page) => page.locator('button[type=submit]').click()],
  ['new-export-table', at({ view: 'new-export', connection: 'Harbour cameras', dropped: { name: 'wishes.csv', text: typed } }), null],
  ['new-export-later', at({ view: 'new-export', connection: 'Matter packages' }), (page) => page.locator('.side .segments label').nth(1).click()],
  ['new-export-adopt', at({ view: 'new-export', connection: 'Matter packages' }), (page) => page.locator('.top .segments label').nth(2).click()],
  ['compare', at({ view: 'compare', left: 'l3', right: 'l4' }), null],
  ['compare-same', at({ view: 'compare', left: 'l3', right: 'l3' }), null],
];

const looks = [
  ...views,
  ...['de', 'zh'].flatMap((language) => views.map(([name, query, act]) => [`${name}-${language}`, `language=${language}&${query}`, act])),
  ...views.map(([name, query, act]) => [`${name}-de-760`, `language=de&${query}`, act, [760, 480]]),
  ['one', 'rows=1', null],
  ['fifty', 'rows=50', null],
  ['list', '', null],
  ['downloading', '', (page) => page.locator(line('k7m2')).click()],
  ['list-900', '', null, [900, 600]],
  ['downloading-900', '', (page) => page.locator(line('k7m2')).click(), [900, 600]],
  ['waiting', '', inSection('Waiting for me', 'h2f9')],
  ['landed', '', inSection('Landed', 'l1')],
  ['landed-table', '', inSection('Landed', 'l2')],
  ['landed-package', '', inSection('Landed', 'l3')],
  ['landed-json', '', inSection('Landed', 'l7')],
  ['landed-package-end', '', async (page) => { await inSection('Landed', 'l3')(page); await page.waitForTimeout(150); await page.locator('aside section').evaluate((pane) => pane.scrollTo(0, 9999)); }],
  ['ended', '', inSection('Ended')],
  ['several', '', async (page) => { await first(page).click(); await page.locator('[data-job]').nth(4).click({ modifiers: ['Shift'] }); }],
  ['menu', '', (page) => page.locator(line('r6t3')).click({ button: 'right' })],
  ['menu-keys', '', async (page) => { await first(page).click(); await page.keyboard.press('ArrowDown'); await page.keyboard.press('ArrowDown'); await page.keyboard.press('Shift+F10'); }],
  ['sort', '', (page) => page.getByRole('button', { name: /^Sort/ }).click()],
  ['notices', '', (page) => page.getByRole('button', { name: /^Notices/ }).click()],
  ['search', '', (page) => page.keyboard.press('Control+f').then(() => page.keyboard.type('quay'))],
  ['no-match', '', (page) => page.keyboard.press('Control+f').then(() => page.keyboard.type('nowhere'))],
  ['connection', '', (page) => page.locator('nav .connection').first().click()],
  ['keys', '', (page) => page.keyboard.press('?')],
  ['question', '', async (page) => { await first(page).click(); await page.keyboard.press('Delete'); }],
  ['empty', 'state=empty', null],
  ['all-landed', 'state=landed', null],
  ['all-landed-de', 'state=landed&language=de', null],
  ['loading', 'state=loading', null],
  ['error', 'state=error', null],
  ['offline', 'state=offline', null],
  ['first', 'state=first', null],
  ['many', 'rows=10000', async (page) => { await page.locator('[data-job]').nth(3).click(); await page.keyboard.press('End'); }],
  ['compare-with', '', async (page) => { await inSection('Landed', 'l3')(page); await page.waitForTimeout(150); await page.getByRole('button', { name: 'Compare with…' }).click(); }],
  ...['close-or-tray', 'confirm-quit', 'confirm-export', 'confirm-adopt', 'bad-link', 'show-job'].map((ask) => [`ask-${ask}`, `ask=${ask}`, (page) => page.waitForTimeout(350)]),
  ['list-de', 'language=de', (page) => page.locator(line('k7m2')).click()],
  ['list-zh', 'language=zh', (page) => page.locator(line('k7m2')).click()],
  ['list-de-900', 'language=de', null, [900, 600]],
  ['several-de-900', 'language=de', async (page) => { await first(page).click(); await page.locator('[data-job]').nth(4).click({ modifiers: ['Shift'], position: { x: 80, y: 20 } }); }, [900, 600]],
  ['landed-de', 'language=de', inSection('Gelandet', 'l5')],
  ['landed-zh', 'language=zh', inSection('已到达', 'l3')],
  ['waiting-de', 'language=de', inSection('Wartet', 'm5a2')],
  ['quit-de', 'language=de&ask=confirm-quit', (page) => page.waitForTimeout(350)],
  ['compact', '', null, [340, 240], 'compact'],
  ['compact-de', 'language=de', null, [340, 240], 'compact'],
  ['compact-zh', 'language=zh', null, [340, 240], 'compact'],
  ['compact-empty', 'state=empty', null, [340, 240], 'compact'],
];

/** Words that have no room, unless a hint holds them whole. Runs in the page. */
function clippedWords() {
  const parts = [...document.querySelectorAll('button, label, legend, h1, h2, h3, dt, th, p, b, span, select')];
  const hidden = (part) => part.closest('.unseen, [title], [aria-hidden=true]') !== null || part.clientWidth === 0;
  const cut = (part) => part.scrollWidth > part.clientWidth + 1 && (part.tagName === 'BUTTON' || getComputedStyle(part).overflowX !== 'visible');
  return [...new Set(parts.filter((part) => !hidden(part) && cut(part)).map((part) => part.textContent.trim().slice(0, 60)))];
}

const wanted = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
mkdirSync(join(home, 'looks'), { recursive: true });
let flaws = 0;
for (const [name, query, act, [width, height] = [1240, 760], document = 'index'] of looks) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  for (const theme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height }, bypassCSP: false, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    const said = [];
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(`${base}/${document}.html?still&theme=${theme}&${query}`);
    await page.waitForTimeout(250);
    try {
      await act?.(page);
    } catch (error) {
      said.push(`cannot be reached: ${error.message.split('\n')[0]}`);
    }
    await page.waitForTimeout(200);
    await page.screenshot({ path: join(home, `looks/${name}-${theme}.png`) });
    // Through the protocol, which the page's policy does not bind.
    const session = await page.context().newCDPSession(page);
    await session.send('Runtime.evaluate', { expression: axe });
    const { result } = await session.send('Runtime.evaluate', { expression: `axe.run({ resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | '))))`, awaitPromise: true, returnByValue: true });
    const clipped = await page.evaluate(clippedWords);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    for (const flaw of [...said, ...JSON.parse(result.value), ...clipped.map((words) => `clipped: ${words}`), ...(wide ? ['wider than the window'] : [])]) {
      flaws += 1;
      console.log(`${name} (${theme}): ${flaw}`);
    }
    await page.close();
  }
}
await browser.close();
server.close();
console.log(flaws === 0 ? 'Nothing found' : `${flaws} found`);
process.exitCode = flaws === 0 ? 0 : 1;

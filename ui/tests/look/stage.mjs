// Serves the pages under the window's own content policy, and opens them as a look wants it.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const home = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(home, 'looks/dist');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
// Nothing works here that would not work in the window.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; connect-src ipc: http://ipc.localhost";

/** Opens the stage: `open` gives the page of a look, and what it said on the way. */
export async function stage() {
  const server = createServer((request, response) => {
    const path = join(dist, decodeURIComponent(new URL(request.url, 'http://here').pathname));
    if (!path.startsWith(dist) || !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream', 'content-security-policy': policy });
    createReadStream(path).pipe(response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });

  async function open(look, [width, height], more) {
    const page = await browser.newPage({ viewport: { width, height }, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    page.setDefaultTimeout(5000);
    const said = [];
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(`http://127.0.0.1:${server.address().port}/${look.page}.html?still&${more}&${look.query}`);
    await page.locator('#app > *').first().waitFor();
    await page.waitForTimeout(200);
    try {
      await look.act?.(page);
    } catch (error) {
      said.push(`cannot be reached: ${error.message.split('\n')[0]}`);
    }
    await page.waitForTimeout(150);
    return { page, said };
  }

  const close = async () => {
    await browser.close();
    server.close();
  };
  return { open, close };
}

/** Does it with each, several at a time, and gives what came of them in their order. */
export async function each(items, work, several = 3) {
  const results = [];
  const waiting = items.entries();
  const go = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: several }, go));
  return results.flat();
}

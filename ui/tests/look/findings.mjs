// What is wrong with a page that can be told without an eye.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { home } from './stage.mjs';

const axe = readFileSync(join(home, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe finds. It comes by the protocol, which the page's policy does not bind. */
export async function unfit(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run({ resultTypes: ['violations'] }).then((found) => found.violations.map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | ')))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return result.value;
}

/**
 * Words that are cut off, across or from above: by their own box, by one around them that does not scroll, or by the window;
 * those that end in "…" are not where a hint says all of them. And words that something lies over which is no dialog, menu or pane.
 */
export function cut(page) {
  return page.evaluate(() => {
    const found = new Set();
    const room = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    // Boxes of letters are higher than what is seen of them.
    const slack = { across: 1.5, down: 3 };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);

    /** The ways in which the text at these places leaves that box. */
    function leaves(places, box, across, down) {
      return places.some((place) => (across && (place.left < box.left - slack.across || place.right > box.right + slack.across)) || (down && (place.top < box.top - slack.down || place.bottom > box.bottom + slack.down)));
    }

    const flat = (words) => words.trim().replaceAll(/\s+/g, ' ');

    /** Whether it ends in "…", and a hint of it or of what it is in says all the words. */
    function isHinted(part, words) {
      if (getComputedStyle(part).textOverflow !== 'ellipsis') return false;
      for (let around = part; around !== null; around = around.parentElement) if (flat(around.getAttribute('title') ?? '').includes(words)) return true;
      return false;
    }

    function isCut(part, places, words) {
      let [across, down] = [true, true];
      for (let around = part; around !== null; around = around.parentElement) {
        const { clipPath, overflowX, overflowY, position } = getComputedStyle(around);
        // Not for the eye at all.
        if (clipPath === 'inset(50%)') return false;
        const box = around.getBoundingClientRect();
        const scrolls = (way) => way === 'auto' || way === 'scroll';
        if (scrolls(overflowX)) across = false;
        if (scrolls(overflowY)) down = false;
        const isButton = around.matches('button, .chip, .segments label');
        if ((isButton || overflowX !== 'visible') && leaves(places, box, across, false) && !isHinted(around, words)) return true;
        if ((isButton || overflowY !== 'visible') && leaves(places, box, false, down)) return true;
        if (isHinted(around, words)) across = false;
        if (position === 'fixed') break;
      }
      return leaves(places, room, across, down);
    }

    /** Whether something that belongs beside the text lies over its end. */
    function isCovered(part, place) {
      // The pointer, and with it this question, goes through it.
      if (getComputedStyle(part).pointerEvents === 'none') return false;
      let { left, top, right, bottom } = place;
      for (let around = part; around !== null; around = around.parentElement) {
        if (getComputedStyle(around).overflow === 'visible') continue;
        const box = around.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
      if (right - left < 6 || bottom - top < 10) return false;
      const over = document.elementFromPoint(right - 3, (top + bottom) / 2);
      if (over === null || over.contains(part) || part.contains(over)) return false;
      for (let around = over; around !== null; around = around.parentElement) if (['fixed', 'sticky'].includes(getComputedStyle(around).position) || around.matches('dialog, .veil')) return false;
      // A dialog makes everything below it deaf.
      return document.querySelector('dialog[open]') === null;
    }

    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const part = node.parentElement;
      if (node.data.trim() === '' || !part.checkVisibility({ visibilityProperty: true }) || part.closest('script, style, option, textarea') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const places = [...range.getClientRects()];
      const words = node.data.trim().slice(0, 60);
      if (places.length > 0 && isCut(part, places, flat(node.data))) found.add(`cut off: ${words}`);
      else if (places.length > 0 && isCovered(part, places.at(-1))) found.add(`covered: ${words}`);
    }
    for (const select of document.querySelectorAll('select')) if (select.scrollWidth > select.clientWidth + 1) found.add(`cut off: ${select.selectedOptions[0]?.text ?? 'a choice'}`);
    return [...found, ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the window'] : [])];
  });
}

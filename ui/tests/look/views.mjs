// Every view in every state: what the address asks for, and what a person does there. Nothing in here reads a text that is translated.

const at = (place) => `place=${encodeURIComponent(JSON.stringify(place))}`;
const job = (id) => `[data-job="${id}"]`;
const press = (...selectors) => async (page) => {
  for (const selector of selectors) await page.locator(selector).first().click();
};
const wait = (milliseconds) => (page) => page.waitForTimeout(milliseconds);
const then = (...acts) => async (page) => {
  for (const act of acts) await act(page);
};
/** Below everything that scrolls, left of the pane. */
const end = (page) => page.evaluate(() => document.querySelectorAll('main *, aside section').forEach((part) => part.scrollTo(0, 99_999)));
const keys = (...names) => async (page) => {
  for (const name of names) await page.keyboard.press(name);
};

const section = (number) => press(`nav [aria-keyshortcuts="Control+${number}"]`);
const [waiting, landed, ended] = [2, 3, 4].map(section);
const several = async (page) => {
  await page.locator('[data-job]').first().click();
  await page.locator('[data-job]').nth(4).click({ modifiers: ['Shift'], position: { x: 80, y: 20 } });
};

const table = (rows) => `camera,interval\n${rows}`;
const sound = (line) => `quay-${line},2026-11-21 06:00/07:00\n`;
const flawed = table(`${sound(1)}quay-2,,\n${sound(3)}`);
const long = table(Array.from({ length: 900 }, (_, line) => (line % 90 === 40 ? `quay-${line},,\n` : sound(line))).join(''));

const drop = (text) => (page) =>
  page.locator('.entry').evaluate((entry, written) => {
    const files = new DataTransfer();
    files.items.add(new File([written], 'wishes.csv', { type: 'text/csv' }));
    entry.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: files }));
  }, text);

const form = (connection, more = {}) => at({ view: 'new-export', connection, ...more });
const dropped = (text) => form('Harbour cameras', { dropped: { name: 'wishes.csv', text } });
const again = { connection: 'Harbour cameras', given: [['camera', 'quay-7'], ['interval', '2026-11-21T06:00:00Z/2026-11-21T07:00:00Z']], folder: null, name: null, extract: false, priority: 0, notBefore: null };
const connections = at({ view: 'connections' });
const kinds = at({ view: 'connections', add: true });
const signIn = at({ view: 'connections', signIn: 'Matter packages' });
const settings = at({ view: 'settings' });
const compare = at({ view: 'compare', left: 'l3', right: 'l4' });
const asks = ['close-or-tray', 'confirm-quit', 'confirm-export', 'confirm-adopt', 'bad-link', 'show-job'];

const main = [
  ['list', ''],
  ['list-empty', 'state=empty'],
  ['list-one', 'rows=1'],
  ['list-fifty', 'rows=50'],
  ['list-many', 'rows=10000', then(press('[data-job] >> nth=3'), keys('End'))],
  ['list-loading', 'state=loading'],
  ['list-error', 'state=error'],
  ['list-offline', 'state=offline'],
  ['list-paused', '', press('main header .button:not(.main)')],
  ['list-all-landed', 'state=landed'],
  ['list-no-match', '', then(keys('Control+f'), (page) => page.keyboard.type('nowhere'))],
  ['list-search', '', then(keys('Control+f'), (page) => page.keyboard.type('quay'))],
  ['list-connection', '', press('nav .connection')],
  ['list-refused', 'refused=pauseAll,showCompact', press('main header .button:not(.main)')],
  ['waiting', '', waiting],
  ['waiting-empty', 'state=empty', waiting],
  ['waiting-failed', '', then(waiting, press(job('h2f9')))],
  ['waiting-name', '', then(waiting, press(job('f4c1')))],
  ['waiting-sign-in', '', then(waiting, press(job('m5a2')))],
  ['waiting-disk', '', then(waiting, press(job('f3d8')))],
  ['landed', '', landed],
  ['landed-empty', 'state=empty', landed],
  ['landed-many', 'rows=10000', then(landed, press('[data-job] >> nth=2'))],
  ['ended', '', ended],
  ['ended-empty', 'state=empty', keys('Control+4')],
  ['detail', '', press(job('k7m2'))],
  ['detail-end', '', then(press(job('k7m2')), wait(100), end)],
  ['detail-loading', 'stuck=detail', press(job('k7m2'))],
  ['detail-fault', 'faulty=detail', press(job('k7m2'))],
  ['detail-error', 'refused=detail', press(job('k7m2'))],
  ['detail-offline', 'state=offline', press(job('k7m2'))],
  ['detail-document', '', then(landed, press(job('l1')))],
  ['detail-table', '', then(landed, press(job('l2')))],
  ['detail-package', '', then(landed, press(job('l3')))],
  ['detail-package-end', '', then(landed, press(job('l3')), wait(150), end)],
  ['detail-image', '', then(landed, press(job('l5')))],
  ['detail-json', '', then(landed, press(job('l7')))],
  ['detail-contents-loading', 'stuck=preview', then(landed, press(job('l1')))],
  ['detail-contents-error', 'refused=preview', then(landed, press(job('l1')))],
  ['detail-several', '', several],
  ['menu', '', (page) => page.locator(job('r6t3')).click({ button: 'right' })],
  ['menu-landed', '', then(landed, (page) => page.locator(job('l3')).click({ button: 'right' }))],
  ['menu-several', '', then(several, keys('Shift+F10'))],
  ['menu-sort', '', press('main header [aria-haspopup=menu] >> nth=1')],
  ['menu-filter', '', press('main header [aria-haspopup=menu] >> nth=0')],
  ['notices', '', press('.bell button')],
  ['notices-empty', 'state=empty', press('.bell button')],
  ['start', 'state=first'],
  ['start-starting', 'state=first&stuck=startSample', press('article:last-of-type button')],
  ['start-error', 'state=first&refused=startSample', press('article:last-of-type button')],
  ['new-export', form('Harbour cameras')],
  ['new-export-report', form('Take-off reports')],
  ['new-export-package', form('Matter packages')],
  ['new-export-empty', `state=first&${at({ view: 'new-export' })}`],
  ['new-export-loading', `stuck=form&${form('Harbour cameras')}`],
  ['new-export-error', `refused=form&${form('Harbour cameras')}`],
  ['new-export-unreadable', `refused=connections&${form('Harbour cameras')}`],
  ['new-export-offline', `state=offline&${form('Harbour cameras')}`],
  ['new-export-paused', '', press('main header .button:not(.main)', 'main header .button.main')],
  ['new-export-flaws', form('Take-off reports'), press('button[type=submit]')],
  ['new-export-again', form('Harbour cameras', { draft: again })],
  ['new-export-later', form('Matter packages'), press('.side .segments label >> nth=1')],
  ['new-export-refused', `refused=request&${form('Harbour cameras', { draft: again })}`, press('button[type=submit]')],
  ['new-export-template', form('Harbour cameras'), press('.page > header .button >> nth=1')],
  ['new-export-adopt', form('Matter packages'), press('.top .segments label >> nth=2')],
  ['table-empty', form('Harbour cameras'), press('.top .segments label >> nth=1')],
  ['table-sound', dropped(table(sound(1) + sound(2)))],
  ['table-flawed', dropped(flawed)],
  ['table-left-out', dropped(flawed), press('.choice input')],
  ['table-none-good', dropped(table('quay-2,,\n'))],
  ['table-edited', dropped(flawed), press('.entry button')],
  ['table-long', form('Harbour cameras'), then(press('.top .segments label >> nth=1'), drop(long), wait(300), end)],
  ['table-loading', `stuck=checkTable&${dropped(flawed)}`],
  ['table-error', `refused=checkTable&${dropped(flawed)}`],
  ['table-refused', `refused=requestTable&${dropped(table(sound(1) + sound(2)))}`, press('button[type=submit]')],
  ['connections', connections],
  ['connections-empty', `state=first&${connections}`],
  ['connections-one', `connections=1&${connections}`],
  ['connections-fifty', `connections=50&${connections}`],
  ['connections-loading', `stuck=connections&${connections}`],
  ['connections-error', `refused=connections&${connections}`],
  ['connections-offline', `state=offline&${connections}`],
  ['connections-closed', `sealed=closed&${connections}`],
  ['connections-works', connections, press('main li .orders .button >> nth=0')],
  ['connections-fails', connections, press('main li:last-child .orders .button >> nth=0')],
  ['connection-kinds', kinds],
  ['connection-kinds-loading', `stuck=connectors&${kinds}`],
  ['connection-kinds-error', `refused=connectors&${kinds}`],
  ['connection-form', kinds, press('.page li button >> nth=1')],
  ['connection-form-flaws', kinds, then(press('.page li button >> nth=1', 'button[type=submit]'))],
  ['connection-form-sealed', `sealed=new&${kinds}`, press('.page li button >> nth=1', 'button[type=submit]')],
  ['connection-open', `sealed=closed&${signIn}`],
  ['connection-open-wrong', `sealed=closed&${signIn}`, then((page) => page.locator('[name=pass-phrase]').fill('wrong'), press('dialog [type=submit]'))],
  ['connection-open-flaws', `sealed=closed&${signIn}`, press('dialog [type=submit]')],
  ['connection-sign-in', signIn],
  ['connection-sign-in-loading', `stuck=connectors&${signIn}`],
  ['connection-sign-in-error', `refused=connectors&${signIn}`],
  ['connection-change', connections, press('main li .icon-button >> nth=0')],
  ['connection-change-closed', `sealed=closed&${connections}`, press('main li:nth-child(3) .icon-button >> nth=0', 'dialog [type=submit]')],
  ['connection-remove', connections, press('main li:last-child .icon-button >> nth=1')],
  ['connectors', at({ view: 'connectors' })],
  ['connectors-loading', `stuck=connectors&${at({ view: 'connectors' })}`],
  ['connectors-error', `refused=connectors&${at({ view: 'connectors' })}`],
  ['connector-file', at({ view: 'connectors', dropped: { name: 'tides.toml', text: '[submit]' } })],
  ['connector-file-flaws', at({ view: 'connectors', dropped: { name: 'tides.toml', text: 'x = 1' } })],
  ['settings', settings],
  ['settings-end', settings, end],
  ['settings-saved', settings, press('main .check input')],
  ['settings-refused', `refused=saveSettings,chooseFolder&${settings}`, press('main .line .button')],
  ['settings-loading', `stuck=settings&${settings}`],
  ['settings-error', `refused=settings&${settings}`],
  ['settings-offline', `state=offline&${settings}`],
  ['compare', compare],
  ['compare-same', at({ view: 'compare', left: 'l3', right: 'l3' })],
  ['compare-many', `rows=10000&${compare}`],
  ['compare-no-match', compare, (page) => page.locator('.filter input[type=search]').fill('nowhere')],
  ['compare-loading', `stuck=compare&${compare}`],
  ['compare-fault', `faulty=compare&${compare}`],
  ['compare-error', `refused=compare&${compare}`],
  ['compare-with', '', then(landed, press(job('l3')), wait(150), press('aside .part .head .button'))],
  ['compare-with-none', 'rows=23', then(landed, press(job('l3')), wait(150), press('aside .part .head .button'))],
  ['keys', '', keys('?')],
  ['question', '', then(press('[data-job]'), keys('Delete'))],
  ['question-several', '', then(several, keys('Delete'))],
  ...asks.map((ask) => [`ask-${ask}`, `ask=${ask}`, wait(350)]),
];

const small = [
  ['compact', ''],
  ['compact-empty', 'state=empty'],
  ['compact-one', 'rows=1'],
  ['compact-many', 'rows=10000'],
  ['compact-loading', 'state=loading'],
  ['compact-error', 'state=error'],
  ['compact-offline', 'state=offline'],
  ['compact-paused', '', press('footer .button')],
  ['compact-refused', 'refused=pauseAll', press('footer .button')],
];

/** Usual and smallest, as the app makes its windows. */
export const sizes = { index: [[1280, 800], [760, 480]], compact: [[380, 250], [300, 160]] };

export const looks = [...main.map(([name, query, act]) => ({ name, query, act, page: 'index' })), ...small.map(([name, query, act]) => ({ name, query, act, page: 'compact' }))];

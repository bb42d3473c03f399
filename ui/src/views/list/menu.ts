import ArrowDownToLine from '@lucide/svelte/icons/arrow-down-to-line';
import ArrowUpToLine from '@lucide/svelte/icons/arrow-up-to-line';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import PanelRight from '@lucide/svelte/icons/panel-right';
import Repeat2 from '@lucide/svelte/icons/repeat-2';
import type { App } from '../../domain/app.svelte';
import { commonOrders, orderFace } from '../../domain/jobs/orders';
import type { MenuItem } from '../../shared/base';
import { number } from '../../shared/format';
import { text } from '../../shared/i18n';
import { router } from '../../shared/router';
import type { JobRow } from '../../shared/wire';

/** Everything that can be done with the selected jobs; where an order fits only some of them it says how many. */
export function jobMenu(app: App, rows: JobRow[], open: () => void, compareWith: (row: JobRow) => void): MenuItem[] {
  const items: MenuItem[] = commonOrders(rows).map(({ order, rows: fitting }) => {
    const { label, icon, danger } = orderFace(order, fitting[0]);
    return { label: fitting.length === rows.length ? label : `${label} (${number(fitting.length)})`, icon, danger, run: () => void app.order(order, fitting) };
  });
  const dangerous = items.filter((item) => item.danger);
  const harmless = items.filter((item) => !item.danger);
  const [first, second] = rows;
  const single = rows.length === 1 ? first : undefined;
  const further = [...(single === undefined ? [] : furtherOrders(app, single)), ...comparison(rows, compareWith)];
  if (further[0] !== undefined) further[0].apart = harmless.length > 0;
  if (dangerous[0] !== undefined) dangerous[0].apart = true;
  const details: MenuItem[] = first !== undefined && second === undefined ? [{ label: text('orders.details'), icon: PanelRight, keys: '↵', run: open }] : [];
  return [...details, ...harmless, ...further, ...dangerous];
}

function furtherOrders(app: App, row: JobRow): MenuItem[] {
  const items: MenuItem[] = [];
  if (row.section === 'active') {
    items.push({ label: text('orders.sooner'), icon: ArrowUpToLine, run: () => void app.attempt(() => app.host.setPriority(row.id, row.priority + 1)) });
    items.push({ label: text('orders.later'), icon: ArrowDownToLine, run: () => void app.attempt(() => app.host.setPriority(row.id, row.priority - 1)) });
  }
  if (row.connection === null) return items;
  const connection = row.connection;
  const again = (days: number): void =>
    void app.attempt(async () => router.go({ view: 'new-export', connection, draft: await app.host.again(row.id, days) }));
  items.push({ label: text('orders.again'), icon: Repeat2, run: () => again(0) });
  items.push({ label: text('orders.againYesterday'), run: () => again(-1) });
  items.push({ label: text('orders.againTomorrow'), run: () => again(1) });
  return items;
}

function comparison(rows: JobRow[], compareWith: (row: JobRow) => void): MenuItem[] {
  const [left, right] = rows;
  if (left === undefined || rows.length > 2 || !rows.every((row) => row.kind === 'package' && row.phase === 'landed')) return [];
  if (right === undefined) return [{ label: text('orders.compareWith'), icon: GitCompareArrows, run: () => compareWith(left) }];
  return [{ label: text('orders.compare'), icon: GitCompareArrows, run: () => router.go({ view: 'compare', left: left.id, right: right.id }) }];
}

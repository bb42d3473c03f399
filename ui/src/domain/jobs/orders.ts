import CirclePause from '@lucide/svelte/icons/circle-pause';
import CircleSlash from '@lucide/svelte/icons/circle-slash';
import Clock from '@lucide/svelte/icons/clock';
import ExternalLink from '@lucide/svelte/icons/external-link';
import FilePlus2 from '@lucide/svelte/icons/file-plus-2';
import FileX2 from '@lucide/svelte/icons/file-x-2';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import KeyRound from '@lucide/svelte/icons/key-round';
import ListX from '@lucide/svelte/icons/list-x';
import Play from '@lucide/svelte/icons/play';
import Repeat from '@lucide/svelte/icons/repeat';
import Replace from '@lucide/svelte/icons/replace';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Component } from 'svelte';
import { text, type Key } from '../../shared/i18n';
import type { JobOrder, JobRow } from '../../shared/wire';

/** How an order looks. */
export interface OrderFace {
  label: string;
  icon: Component;
  /** It cannot be taken back: asked before it is done. */
  danger: boolean;
}

/** In the order of menus. */
export const allOrders: readonly JobOrder[] = ['open', 'reveal', 'sign-in', 'keep-both', 'replace', 'keep-old', 'resume', 'retry', 'extend', 'pause', 'retry-as-new', 'cancel', 'delete', 'forget'];

const icons: Record<JobOrder, Component> = {
  open: ExternalLink,
  reveal: FolderOpen,
  pause: CirclePause,
  resume: Play,
  retry: RotateCw,
  'retry-as-new': Repeat,
  extend: Clock,
  'sign-in': KeyRound,
  'keep-both': FilePlus2,
  replace: Replace,
  'keep-old': FileX2,
  cancel: CircleSlash,
  forget: ListX,
  delete: Trash2,
};

const over = new Set(['landed', 'ended']);

export function orderFace(order: JobOrder, row?: JobRow): OrderFace {
  const stays = row !== undefined && !over.has(row.section) && row.phase !== 'failed' && row.phase !== 'expired';
  return { label: text(labelOf(order, row, stays)), icon: icons[order], danger: order === 'cancel' || order === 'delete' || order === 'replace' || (order === 'forget' && stays) };
}

function labelOf(order: JobOrder, row: JobRow | undefined, stays: boolean): Key {
  if (order === 'forget' && stays) return 'order.stopFollowing';
  return order === 'resume' && row?.waitingFor === 'time' ? 'order.startNow' : `order.${order}`;
}

/** No more files are opened at once: each may be a window of another program. */
const mostOpened = 10;

/** What can be ordered of several: each with those of them that it fits, in the order of menus. */
export function commonOrders(rows: readonly JobRow[]): { order: JobOrder; rows: JobRow[] }[] {
  return allOrders.map((order) => ({ order, rows: rows.filter((row) => row.orders.includes(order)) })).filter((one) => one.rows.length > 0 && (rows.length === 1 || fitsSeveral(one.order, one.rows)));
}

/** Whether an order makes sense for all of these at once; one folder is shown and one connection signed in to at a time. */
function fitsSeveral(order: JobOrder, rows: readonly JobRow[]): boolean {
  switch (order) {
    case 'open':
      return rows.length <= mostOpened;
    case 'reveal':
      return false;
    case 'sign-in':
      return rows.every((row) => row.connection === rows[0]?.connection);
    default:
      return true;
  }
}

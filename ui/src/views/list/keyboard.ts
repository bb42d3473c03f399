import type { JobList } from '../../domain/jobs/list.svelte';
import type { Taking } from '../../domain/jobs/selection.svelte';

/** What a key in the list wants besides moving. */
export interface ListKeys {
  open: () => void;
  remove: () => void;
  menu: () => void;
  leave: () => void;
}

/** Obeys a key that was pressed on a line. True when it meant something. */
export function listKey(event: KeyboardEvent, list: JobList, pageSize: number, keys: ListKeys): boolean {
  const far = event.ctrlKey || event.metaKey;
  const how: Taking | null = event.shiftKey ? 'range' : far ? null : 'only';
  const at = list.cursorIndex;
  const targets: Record<string, number> = {
    ArrowDown: list.selection.cursor === null ? 0 : at + 1,
    ArrowUp: at - 1,
    PageDown: at + pageSize,
    PageUp: at - pageSize,
    Home: 0,
    End: list.cells.length - 1,
  };
  const target = targets[event.key];
  if (target !== undefined) {
    list.moveTo(target, how);
    return true;
  }
  const cursor = list.cells[at]?.id;
  if (event.key === ' ' && cursor !== undefined) list.take(cursor, event.shiftKey ? 'range' : 'toggle');
  else if (event.key.toLowerCase() === 'a' && far) list.takeAll();
  else if (event.key === 'Enter') {
    if (cursor !== undefined && !list.selection.has(cursor)) list.take(cursor, 'only');
    keys.open();
  } else if (event.key === 'Delete') keys.remove();
  else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) keys.menu();
  else if (event.key === 'Escape') keys.leave();
  else return false;
  return true;
}

import type { JobId } from '../../shared/wire';

/** How a click or key takes jobs into the selection: this one only, this one too or no longer, or all up to it. */
export type Taking = 'only' | 'toggle' | 'range';

/** Which jobs are selected, and on which the cursor stands. The order is that of the list at the moment. */
export class Selection {
  ids = $state.raw<ReadonlySet<JobId>>(new Set());
  /** Where the keyboard is. */
  cursor = $state<JobId | null>(null);
  #anchor: JobId | null = null;

  get size(): number {
    return this.ids.size;
  }

  /** The one that is selected, if it is one. */
  get single(): JobId | null {
    if (this.ids.size !== 1) return null;
    const [only] = this.ids;
    return only ?? null;
  }

  has(id: JobId): boolean {
    return this.ids.has(id);
  }

  take(id: JobId, how: Taking, order: readonly JobId[]): void {
    this.cursor = id;
    if (how === 'range') {
      this.ids = new Set(between(order, this.#anchor ?? id, id));
      this.#anchor ??= id;
      return;
    }
    this.#anchor = id;
    if (how === 'only') this.ids = new Set([id]);
    else {
      const next = new Set(this.ids);
      if (!next.delete(id)) next.add(id);
      this.ids = next;
    }
  }

  all(order: readonly JobId[]): void {
    this.ids = new Set(order);
    this.cursor ??= order[0] ?? null;
  }

  clear(): void {
    if (this.ids.size > 0) this.ids = new Set();
    this.#anchor = this.cursor;
  }

  /** Moves the cursor, without selecting where `how` is null. Returns where it is now. */
  move(to: number, how: Taking | null, order: readonly JobId[]): JobId | null {
    const id = order[Math.max(0, Math.min(order.length - 1, to))];
    if (id === undefined) return null;
    if (how === null) this.cursor = id;
    else this.take(id, how, order);
    return id;
  }

  /** Lets go of jobs that are no longer in the list; the cursor goes to what stands in its place. */
  keep(order: readonly JobId[], cursorIndex: number): void {
    const there = new Set(order);
    if ([...this.ids].some((id) => !there.has(id))) this.ids = new Set([...this.ids].filter((id) => there.has(id)));
    if (this.cursor !== null && !there.has(this.cursor)) this.cursor = order[Math.min(Math.max(0, cursorIndex), order.length - 1)] ?? null;
    if (this.#anchor !== null && !there.has(this.#anchor)) this.#anchor = this.cursor;
  }
}

/** Everything from the one to the other, in the order of the list. */
function between(order: readonly JobId[], from: JobId, to: JobId): JobId[] {
  const start = order.indexOf(from);
  const end = order.indexOf(to);
  if (start === -1 || end === -1) return [to];
  return order.slice(Math.min(start, end), Math.max(start, end) + 1);
}

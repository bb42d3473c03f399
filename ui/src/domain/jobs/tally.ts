import type { JobRow, Section } from '../../shared/wire';

/** How many jobs there are where, kept up with each change instead of counted anew. */
export class Tally {
  readonly #sections: Record<Section, number> = { active: 0, 'waiting-for-me': 0, landed: 0, ended: 0 };
  readonly #connections = new Map<string, number>();

  add(row: JobRow): void {
    this.#change(row, 1);
  }

  remove(row: JobRow): void {
    this.#change(row, -1);
  }

  /** The numbers at this moment. */
  counts(): Counts {
    return { sections: { ...this.#sections }, connections: new Map(this.#connections) };
  }

  #change(row: JobRow, by: number): void {
    this.#sections[row.section] += by;
    const over = row.section === 'landed' || row.section === 'ended';
    if (row.connection === null || over) return;
    this.#connections.set(row.connection, (this.#connections.get(row.connection) ?? 0) + by);
  }
}

export interface Counts {
  sections: Record<Section, number>;
  /** Jobs of each connection that are not over. */
  connections: ReadonlyMap<string, number>;
}

/** Whether the one counts where the other does not, so that the numbers must be drawn anew. */
export function countsDiffer(left: JobRow, right: JobRow): boolean {
  return left.section !== right.section || left.connection !== right.connection;
}

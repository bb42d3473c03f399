import type { JobRow } from '../../shared/wire';
import { wholePart } from './journey';

const near = new Set(['downloading', 'verifying', 'extracting', 'resolving']);

/** The lower, the more urgent: what may come too late, then what is on its way, then what the server works on. */
function rank(row: JobRow): number {
  if (row.tooLate) return 0;
  if (near.has(row.phase)) return 1;
  if (row.phase === 'preparing') return 2;
  return row.phase === 'paused' ? 4 : 3;
}

/** The most urgent jobs under way, and how far all of them together are. */
export function overview(rows: Iterable<JobRow>, most: number): { urgent: JobRow[]; part: number; active: number } {
  const active = [...rows].filter((row) => row.section === 'active');
  const sum = active.reduce((whole, row) => whole + wholePart(row), 0);
  const urgent = active.sort((left, right) => rank(left) - rank(right) || (left.etaSeconds ?? Infinity) - (right.etaSeconds ?? Infinity) || left.createdAt.localeCompare(right.createdAt));
  return { urgent: urgent.slice(0, most), part: active.length === 0 ? 0 : sum / active.length, active: active.length };
}

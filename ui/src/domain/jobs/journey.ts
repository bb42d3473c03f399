import { bytesOf, percent } from '../../shared/format';
import { text } from '../../shared/i18n';
import type { Journey } from '../../shared/base';
import type { JobRow } from '../../shared/wire';

const downloads = new Set(['downloading', 'verifying', 'extracting', 'landed']);

function formOf(row: JobRow): Journey['form'] {
  switch (row.phase) {
    case 'failed':
    case 'expired':
      return 'failed';
    case 'paused':
    case 'cancelled':
    case 'cancelling':
      return 'paused';
    case 'needs-sign-in':
      return 'held';
    case 'resting':
      return 'held';
    default:
      return row.stalled || row.tooLate || row.waitingFor === 'network' ? 'held' : 'moving';
  }
}

/** How far a job is over its whole life. */
export function journeyOf(row: JobRow): Journey {
  const brings = downloads.has(row.phase);
  const serverDone = brings || row.phase === 'resolving' || (row.downloadPart ?? 0) > 0;
  const unsaid = row.phase === 'preparing' && row.serverPart === null;
  const server = row.connection === null ? 'none' : unsaid ? 'unknown' : serverDone ? 1 : (row.serverPart ?? 0);
  const download = row.downloadPart ?? (brings && row.total !== null ? 0 : null);
  return {
    server,
    download,
    unknown: unsaid || (brings && download === null),
    form: formOf(row),
  };
}

/** From 0 to 1 over the whole life, for sums; what nobody knows counts as nothing. */
export function wholePart(row: JobRow): number {
  const { server, download } = journeyOf(row);
  if (server === 'none') return download ?? 0;
  return ((server === 'unknown' ? 0 : server) + (download ?? 0)) / 2;
}

/** The same in words, for those who do not see the bar. */
export function journeyWords(row: JobRow): string {
  const { download } = journeyOf(row);
  const sizes = row.total !== null && row.bytes > 0 && download !== null && download < 1 ? [bytesOf(row.bytes, row.total)] : [];
  return [partWords(row), ...sizes].join(', ');
}

/** How far each part is, without sizes. */
export function partWords(row: JobRow): string {
  const { server, download } = journeyOf(row);
  const parts: string[] = [];
  if (server === 'unknown') parts.push(text('progress.serverUnknown'));
  else if (server !== 'none') parts.push(server >= 1 ? text('progress.serverDone') : text('progress.server', { percent: percent(server) }));
  if (download !== null) parts.push(text('progress.download', { percent: percent(download) }));
  else if (row.bytes > 0) parts.push(text('progress.downloadUnknown'));
  else if (server === 'none' || server === 1) parts.push(text('progress.notBegun'));
  return parts.join(', ');
}

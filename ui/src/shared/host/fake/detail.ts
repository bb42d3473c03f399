import type { Failure, FileSnapshot, JobDetail, PackageView, Preview } from '../../wire';
import { stamp, type FakeJob } from './job';

const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function filesOf(job: FakeJob): FileSnapshot[] {
  const { row } = job;
  if (row.phase !== 'landed') return [];
  const name = row.connection === null ? row.title : `${row.title.replaceAll(/[^\p{L}\p{N}.-]+/gu, '-')}.${row.badge.toLowerCase()}`;
  const first: FileSnapshot = { path: `Exports/${row.connection ?? 'Downloads'}/${name}`, size: job.size, sha256: digest, verified: row.verified };
  const second: FileSnapshot = { path: `Exports/${row.connection ?? 'Downloads'}/manifest.json`, size: 8120, sha256: digest.split('').reverse().join(''), verified: row.verified };
  return row.files > 1 ? [first, second] : [first];
}

function failureOf(job: FakeJob): Failure | null {
  const { row } = job;
  if (row.trouble === null) return null;
  const code = { 'needs-sign-in': 'EXPORT_008', expired: 'EXPORT_010', resting: 'EXPORT_007' }[row.phase as string] ?? 'EXPORT_003';
  return { code, name: 'JOB_FAILED', message: row.trouble, remediation: row.remedy ?? '', recoverable: true, correlationId: job.correlationId, details: null };
}

/** Everything that the pane shows. */
export function detailOf(job: FakeJob, now: number): JobDetail {
  const { row } = job;
  return {
    row,
    job: {
      id: row.id, connection: row.connection, connector: row.connection === null ? null : 'sample', remoteId: row.phase === 'queued' ? null : '9c41-77d0', phase: row.phase, stage: row.stage, message: null,
      serverPercent: row.serverPart === null ? null : row.serverPart * 100, queuePosition: row.queuePosition, readyAt: null, expiresAt: row.expiresAt, waitingFor: row.waitingFor, bytes: row.bytes, total: row.total,
      rate: row.rate, etaSeconds: row.etaSeconds, stalled: row.stalled, files: filesOf(job), extracted: row.kind === 'package' && row.phase === 'landed' ? { folder: `Exports/Matter packages/${row.title}`, files: 14 } : null,
      atServer: 'kept', method: 'primary', priority: row.priority, error: failureOf(job), correlationId: job.correlationId, restingUntil: row.restingUntil, troubledSince: row.trouble === null ? null : stamp(now - 300_000),
      createdAt: row.createdAt, updatedAt: row.updatedAt,
    },
    connectorName: row.connection === null ? null : 'Sample exports',
    params: job.params,
    folder: `Exports/${row.connection ?? 'Downloads'}/2026-11-21`,
    timeline: job.timeline,
    throughput: job.throughput,
    atServer: 'kept',
  };
}

// A small harbour, drawn: the page loads no picture from anywhere.
const picture = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><rect width="320" height="180" fill="#7fb2be"/><rect y="112" width="320" height="68" fill="#0d667a"/><path d="M60 104h120l-14 26H78z" fill="#1b2530"/><path d="M92 104V62h44v42M108 62V44h14v18" fill="#f5f4f1"/><path d="M226 112V40h50M226 54l40-14M262 40v30" stroke="#a52d22" stroke-width="5" fill="none"/></svg>')}`;

/** The beginning of what landed, by its kind. */
export function previewOf(job: FakeJob): Preview {
  switch (job.row.kind) {
    case 'table':
      return { type: 'table', columns: ['Station', 'Time', 'Level (cm)', 'Flag'], rows: Array.from({ length: 14 }, (_, line) => [`Pier ${(1 + (line % 3)).toString()}`, `2026-11-0${(1 + (line % 9)).toString()} 0${(line % 10).toString()}:00`, (412 + line * 3).toString(), line % 5 === 0 ? 'checked' : '']), more: true, sheet: job.row.badge === 'XLSX' ? 'Quantities' : null };
    case 'data':
      return { type: 'json', value: { register: 'vessels', count: 412, vessels: [{ name: 'Alma', length: 84.2, berths: [3, 7], active: true }, { name: 'Borkum', length: 61, berths: [], active: false }], next: null }, more: true };
    case 'image':
    case 'video':
    case 'document':
      return { type: 'picture', source: picture, alt: 'A ship beside a crane', facts: job.row.kind === 'video' ? [['Length', '1:00:00'], ['Size', '1920 × 1080']] : [['Pages', '12']] };
    case 'archive':
    case 'package':
      return { type: 'listing', entries: [['manifest.json', 8120], ['users/provider.json', 41_200], ['workflows/intake.json', 18_400], ['documents/letter.docx', 96_000]], total: 14 };
    case 'other':
      return { type: 'none', why: 'This kind of file cannot be shown here' };
  }
}

/** What a landed package holds. */
export function packageOf(job: FakeJob): PackageView {
  return {
    name: job.row.title,
    facts: [['Version', '2026.11'], ['Environment', 'uat'], ['Made', '2026-11-23 10:58']],
    components: [
      { provider: 'users', isKnown: true, name: 'Users and roles', size: 41_200 },
      { provider: 'workflows', isKnown: true, name: 'Intake', size: 18_400 },
      { provider: 'workflows', isKnown: true, name: 'Review', size: 22_900 },
      { provider: 'documents', isKnown: true, name: 'Letter templates', size: 960_000 },
      { provider: 'zones', isKnown: false, name: 'Zones', size: 310 },
    ],
  };
}

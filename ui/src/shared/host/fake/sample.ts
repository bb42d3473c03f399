import { jobOf, stamp, type FakeJob, type Seed } from './job';

const GB = 1_000_000_000;
const MB = 1_000_000;

const camera: [string, string][] = [
  ['Camera', 'quay-7 (5f2c…)'],
  ['From', '2026-11-21 06:00'],
  ['To', '2026-11-21 07:00'],
  ['Format', 'MP4, as recorded'],
];

const report: [string, string][] = [
  ['Project', 'Neubau Süd'],
  ['Contents', 'Quantities, all trades'],
];

function seeds(now: number): Seed[] {
  return [
    {
      id: 'k7m2', title: 'Quay 7, 21 Nov 06:00–07:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'downloading', size: 4.2 * GB, minutesAgo: 20, params: camera,
      row: { serverPart: 1, downloadPart: 0.45, bytes: 1.9 * GB, total: 4.2 * GB, rate: 10.6 * MB, etaSeconds: 217, expiresAt: stamp(now + 29 * 60_000), priority: 1 },
      told: [[20, 'Asked the server, job 9c41'], [20, 'Queued, then running'], [10, 'Ready, 4.2 GB'], [10, 'Download began'], [3, 'Network lost for 48 s, went on at 0.9 GB'], [1, 'Link expired and renewed at the same byte, same file (ETag)']],
    },
    { id: 'k8p4', title: 'Quay 8, 21 Nov 06:00–07:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'preparing', size: 3.9 * GB, minutesAgo: 18, params: camera, row: { stage: 'rendering, step 3 of 5', serverPart: 0.44, etaSeconds: 540 }, told: [[18, 'Asked the server, job 9c42'], [15, 'Rendering began']] },
    { id: 'k9r1', title: 'Quay 9, 21 Nov 06:00–07:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'preparing', size: 3.7 * GB, minutesAgo: 16, params: camera, row: { stage: 'rendering', serverPart: null, stalled: true } },
    { id: 'n3x8', title: 'Neubau Süd, quantities', connection: 'Take-off reports', kind: 'table', badge: 'XLSX', phase: 'waiting', size: 2.4 * MB, minutesAgo: 9, params: report, row: { serverPart: 0.08, queuePosition: 4, waitingFor: 'server-queue' } },
    { id: 'm5a2', title: 'Matter, clientB-uat', connection: 'Matter packages', kind: 'package', badge: 'ZIP', phase: 'needs-sign-in', size: 61 * MB, minutesAgo: 41, row: { serverPart: 0.62, waitingFor: 'sign-in', trouble: 'The server wants a new sign-in', remedy: 'Sign in again with a valid token; the job is kept and goes on from where it was' } },
    { id: 'h2f9', title: 'Harbour film, final cut', connection: 'Render farm', kind: 'video', badge: 'MP4', phase: 'failed', size: 800 * MB, minutesAgo: 70, row: { serverPart: 0.58, trouble: 'The render failed: FFmpeg stopped with status 1', remedy: 'Try again as a new job on the server' } },
    { id: 'r6t3', title: 'Harbour film, trailer', connection: 'Render farm', kind: 'video', badge: 'MOV', phase: 'downloading', size: 1.4 * GB, minutesAgo: 31, row: { serverPart: 1, downloadPart: 0.12, bytes: 170 * MB, total: 1.4 * GB, rate: 0.7 * MB, etaSeconds: 1757, expiresAt: stamp(now + 14 * 60_000), tooLate: true } },
    { id: 'd4q7', title: 'survey-2026-tiles.tar.gz', connection: null, kind: 'archive', badge: 'TGZ', phase: 'downloading', size: 12 * GB, minutesAgo: 55, row: { bytes: 5.1 * GB, total: null, rate: 1.1 * MB } },
    { id: 'v1c5', title: 'Berth 3, 20 Nov 22:00–24:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'verifying', size: 2.2 * GB, minutesAgo: 62, params: camera, row: { serverPart: 1, downloadPart: 1, bytes: 2.2 * GB, total: 2.2 * GB, etaSeconds: 6 } },
    { id: 'e8w6', title: 'Matter, clientA-prod', connection: 'Matter packages', kind: 'package', badge: 'ZIP', phase: 'extracting', size: 88 * MB, minutesAgo: 12, row: { serverPart: 1, downloadPart: 1, bytes: 88 * MB, total: 88 * MB } },
    { id: 'p2b4', title: 'Berth 3, 21 Nov 00:00–02:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'paused', size: 2.4 * GB, minutesAgo: 61, params: camera, row: { serverPart: 1, downloadPart: 0.3, bytes: 0.72 * GB, total: 2.4 * GB } },
    { id: 'b7z9', title: 'Neubau Süd, model', connection: 'Take-off reports', kind: 'data', badge: 'JSON', phase: 'resting', size: 14 * MB, minutesAgo: 33, params: report, row: { serverPart: 0.3, waitingFor: 'network', restingUntil: stamp(now + 95_000), trouble: 'The server answers 503', remedy: 'It is asked again by itself' } },
    { id: 'f3d8', title: 'Berth 4, 21 Nov 06:00–12:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'resting', size: 9.6 * GB, minutesAgo: 26, params: camera, row: { serverPart: 1, downloadPart: 0.62, bytes: 5.95 * GB, total: 9.6 * GB, waitingFor: 'disk', restingUntil: stamp(now + 240_000), trouble: 'There is no room in Exports', remedy: 'Make 3.7 GB of room there; it goes on by itself' } },
    { id: 'f4c1', title: 'Berth 4, 20 Nov 06:00–07:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'resting', size: 1.4 * GB, minutesAgo: 31, params: camera, row: { serverPart: 1, downloadPart: 1, bytes: 1.4 * GB, total: 1.4 * GB, waitingFor: 'name', restingUntil: stamp(now + 20_000), trouble: 'A file called Berth 4.mp4 is there already', remedy: 'Keep both, replace the file that is there, or leave it and drop the new one' } },
    { id: 'q5j3', title: 'Quay 7, 21 Nov 07:00–08:00', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'queued', size: 4 * GB, minutesAgo: 2, params: camera, row: { waitingFor: 'turn' } },
    { id: 's3s1', title: 'Crane plan, week 48', connection: 'Take-off reports', kind: 'document', badge: 'PDF', phase: 'submitting', size: 1.2 * MB, minutesAgo: 0.2, params: report },
    { id: 'g4l2', title: 'Site photos, November', connection: 'Take-off reports', kind: 'archive', badge: 'ZIP', phase: 'resolving', size: 310 * MB, minutesAgo: 7, params: report, row: { serverPart: 1 } },
    { id: 'c6n8', title: 'Berth 1, 19 Nov', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'cancelling', size: 5 * GB, minutesAgo: 90, params: camera, row: { serverPart: 0.7 } },
    { id: 'c2y5', title: 'Berth 2, 19 Nov', connection: 'Harbour cameras', kind: 'video', badge: 'MP4', phase: 'cancelled', size: 5 * GB, minutesAgo: 95, params: camera, row: { serverPart: 0.2 } },
    { id: 'x9u4', title: 'Tide levels, October', connection: 'Take-off reports', kind: 'table', badge: 'CSV', phase: 'expired', size: 4 * MB, minutesAgo: 2900, params: report, row: { serverPart: 1, trouble: 'The server no longer has the result', remedy: 'Request it again as a new job; the server keeps results only for a time' } },
    landed('l1', 'Neubau Süd, report', 'Take-off reports', 'document', 'PDF', 1.3 * MB, 14, true),
    landed('l2', 'Tide levels, November', 'Take-off reports', 'table', 'CSV', 4.8 * MB, 37, true),
    landed('l3', 'Matter, clientA-uat', 'Matter packages', 'package', 'ZIP', 84 * MB, 180, true),
    landed('l4', 'Matter, clientA-test', 'Matter packages', 'package', 'ZIP', 83 * MB, 1500, true),
    landed('l5', 'harbour-map.png', null, 'image', 'PNG', 2.9 * MB, 1600, false),
    landed('l6', 'Quay 7, 20 Nov 06:00–07:00', 'Harbour cameras', 'video', 'MP4', 4.1 * GB, 1700, true),
    landed('l7', 'Vessel register', 'Take-off reports', 'data', 'JSON', 640_000, 4400, false),
  ];

  function landed(id: string, title: string, connection: string | null, kind: Seed['kind'], badge: string, size: number, minutesAgo: number, verified: boolean): Seed {
    return {
      id, title, connection, kind, badge, phase: 'landed', size, minutesAgo,
      row: { serverPart: connection === null ? null : 1, downloadPart: 1, bytes: size, total: size, files: kind === 'package' ? 2 : 1, verified, updatedAt: stamp(now - (minutesAgo - 0.4) * 60_000) },
      params: kind === 'video' ? camera : report,
      told: [[minutesAgo, 'Asked the server'], [minutesAgo - 0.2, 'Download began'], [minutesAgo - 0.4, verified ? 'Landed, verified' : 'Landed; the server gave nothing to verify against']],
    };
  }
}

/** A job in every phase, and some that landed. */
export function sampleJobs(now: number): FakeJob[] {
  const jobs = seeds(now).map((seed) => jobOf(seed, now));
  const busy = jobs.find((job) => job.row.id === 'k7m2');
  if (busy !== undefined) {
    busy.speed = 10.6 * MB;
    busy.throughput = Array.from({ length: 120 }, (_, second) => {
      if (second >= 52 && second < 60) return 0;
      return (10.5 + 2.4 * Math.sin(second / 7) + 1.2 * Math.sin(second / 2.3)) * MB;
    });
  }
  return jobs;
}

const connections = ['Harbour cameras', 'Take-off reports', 'Matter packages', 'Render farm'];
const kinds = [
  ['video', 'MP4'],
  ['table', 'XLSX'],
  ['package', 'ZIP'],
  ['document', 'PDF'],
] as const;

/** The sample and so many more that there are `count`: every eighth is under way, the others landed. */
export function manyJobs(count: number, now: number): FakeJob[] {
  const jobs = sampleJobs(now).slice(0, count);
  for (let index = jobs.length; index < count; index += 1) {
    const place = index % connections.length;
    const [kind, badge] = kinds[place] ?? kinds[0];
    const size = 40 * MB + ((index * 7919) % 900) * MB;
    const moving = index % 8 === 0;
    jobs.push(
      jobOf(
        {
          id: `j${index.toString(36)}`, title: `Export ${index.toString().padStart(5, '0')}, berth ${(1 + (index % 23)).toString()}`, connection: connections[place] ?? null, kind, badge, size, minutesAgo: 3 * index,
          phase: moving ? 'downloading' : 'landed',
          row: moving
            ? { serverPart: 1, downloadPart: 0, bytes: 0, total: size, rate: 4 * MB, etaSeconds: 60 }
            : { serverPart: 1, downloadPart: 1, bytes: size, total: size, files: 1, verified: index % 5 !== 0, updatedAt: stamp(now - 3 * index * 60_000 + 40_000) },
        },
        now,
      ),
    );
  }
  return jobs;
}

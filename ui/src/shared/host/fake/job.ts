import type { FileKind, JobOrder, JobRow, Phase, Section, TimelineEntry } from '../../wire';

/** A job of the played app: its row and what its pane shows besides. */
export interface FakeJob {
  row: JobRow;
  correlationId: string;
  params: [string, string][];
  timeline: TimelineEntry[];
  throughput: number[];
  /** Bytes of the result, known to the row once the server is done. */
  size: number;
  /** How fast its bytes come when they do, in bytes per second. */
  speed: number;
}

/** The time as the wire writes it. */
export const stamp = (at: number): string => new Date(at).toISOString();

/** Where in the list a job stands. */
export function sectionOf({ phase, waitingFor }: Pick<JobRow, 'phase' | 'waitingFor'>): Section {
  if (phase === 'resting' && (waitingFor === 'disk' || waitingFor === 'name')) return 'waiting-for-me';
  if (phase === 'landed') return 'landed';
  if (phase === 'cancelled') return 'ended';
  return phase === 'failed' || phase === 'expired' || phase === 'needs-sign-in' ? 'waiting-for-me' : 'active';
}

/** What can be ordered of a job, the most sensible first; as the app's own table says it. */
export function ordersOf({ phase, stalled, waitingFor }: Pick<JobRow, 'phase' | 'stalled' | 'waitingFor'>): JobOrder[] {
  switch (phase) {
    case 'waiting':
    case 'preparing':
      return stalled ? ['extend', 'pause', 'cancel', 'forget'] : ['pause', 'extend', 'cancel', 'forget'];
    case 'landed':
      return ['open', 'reveal', 'delete', 'forget'];
    case 'failed':
      return ['retry', 'retry-as-new', 'forget'];
    case 'needs-sign-in':
      return ['sign-in', 'resume', 'pause', 'cancel', 'forget'];
    case 'paused':
      return ['resume', 'cancel', 'forget'];
    case 'resting':
      return waitingFor === 'name' ? ['keep-both', 'replace', 'keep-old', 'cancel', 'forget'] : ['resume', 'pause', 'cancel', 'forget'];
    case 'expired':
      return ['retry-as-new', 'forget'];
    case 'cancelled':
    case 'cancelling':
      return ['forget'];
    default:
      return ['pause', 'cancel', 'forget'];
  }
}

/** A row that changed: section and orders follow from its phase. */
export function changed(row: JobRow, change: Partial<JobRow>, now: number): JobRow {
  const next = { ...row, ...change, updatedAt: stamp(now) };
  return { ...next, section: sectionOf(next), orders: ordersOf(next) };
}

/** What a made-up job starts from. */
export interface Seed {
  id: string;
  title: string;
  connection: string | null;
  kind: FileKind;
  badge: string;
  phase: Phase;
  size: number;
  minutesAgo: number;
  row?: Partial<JobRow>;
  params?: [string, string][];
  told?: [number, string][];
}

export function jobOf(seed: Seed, now: number): FakeJob {
  const createdAt = now - seed.minutesAgo * 60_000;
  const row: JobRow = {
    id: seed.id,
    title: seed.title,
    connection: seed.connection,
    kind: seed.kind,
    badge: seed.badge,
    section: sectionOf({ phase: seed.phase, waitingFor: seed.row?.waitingFor ?? null }),
    phase: seed.phase,
    stage: null,
    serverPart: seed.connection === null ? null : 0,
    downloadPart: null,
    bytes: 0,
    total: null,
    rate: null,
    etaSeconds: null,
    queuePosition: null,
    waitingFor: null,
    stalled: false,
    restingUntil: null,
    expiresAt: null,
    tooLate: false,
    verified: false,
    files: 0,
    trouble: null,
    remedy: null,
    orders: ordersOf({ phase: seed.phase, stalled: seed.row?.stalled ?? false, waitingFor: seed.row?.waitingFor ?? null }),
    priority: 0,
    createdAt: stamp(createdAt),
    updatedAt: stamp(createdAt),
    ...seed.row,
  };
  const timeline = (seed.told ?? [[seed.minutesAgo, 'Wish written']]).map(([ago, text]) => ({ at: stamp(now - ago * 60_000), text }));
  return {
    row,
    correlationId: `01jd7f3a-${seed.id}-4b1e-9c52-d03f6a7e8b19`,
    params: seed.params ?? [],
    timeline,
    throughput: [],
    size: seed.size,
    speed: 4_000_000 + (seed.size % 7_000_000),
  };
}

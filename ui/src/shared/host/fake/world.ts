import type { Host } from '../../host';
import type { Ask, Change, ConnectionView, Desk, JobId, JobRow, Notice, SecretsView, Settings } from '../../wire';
import { connectionsOf } from './connections';
import { stamp, type FakeJob } from './job';
import { live } from './life';
import { manyJobs, sampleJobs } from './sample';

/** What the played app starts as. */
export interface FakeOptions {
  /** So many jobs instead of the sample. */
  rows?: number;
  /** So many connections instead of the sample's. */
  connections?: number;
  /** The sealed file of secrets: its pass phrase was typed, is to be typed (`wrong` is not the one), or is to be chosen where no keychain answers. */
  sealed?: 'open' | 'closed' | 'new';
  /** What is set besides the defaults. */
  settings?: Partial<Settings>;
  /** What is asked and never answered. */
  stuck?: readonly (keyof Host)[];
  /** What is asked and refused. */
  refused?: readonly (keyof Host)[];
  /** What is asked and answered with what no view can draw. */
  faulty?: readonly (keyof Host)[];
  /** `loading` never answers, `error` refuses, `first` is a first start, of `landed` nothing is under way. */
  state?: 'full' | 'empty' | 'landed' | 'loading' | 'error' | 'offline' | 'lost' | 'first';
  /** The time at the start, in milliseconds since 1970. */
  start?: number;
}

const refusal = {
  code: 'EXPORT_012', name: 'HOME_IN_USE', message: 'Another Landfall is using the same home folder', remediation: 'Close the other Landfall, or name another home folder', recoverable: true, correlationId: null, details: null,
};

/** As at the first start. */
const defaults: Settings = {
  folder: null, nameTemplate: null, onClash: 'number', atOnce: 5, downloadsAtOnce: 3, rate: null, nightRate: null, proxy: null, certificateAuthority: null, clientCertificate: null, notifyLanded: true, notifyTrouble: true,
  autostart: false, closeToTray: null, minimiseToCompact: false, theme: 'system', language: 'system', keepDays: 30, verboseLog: false,
};

/** The state of the played app and its clock, which moves only by `step`. */
export class World {
  readonly jobs = new Map<JobId, FakeJob>();
  readonly options: FakeOptions;
  connections: ConnectionView[];
  now: number;
  allPaused = false;
  sampleRuns = false;
  secrets: SecretsView;
  notices: Notice[];
  settings: Settings;
  ask: ((ask: Ask) => void) | undefined;
  #told: ((change: Change) => void) | undefined;
  #revision = 1;

  constructor(options: FakeOptions = {}) {
    this.options = options;
    this.settings = { ...defaults, ...options.settings };
    this.now = options.start ?? Date.now();
    const bare = options.state === 'empty' || options.state === 'first';
    this.connections = options.state === 'first' ? [] : connectionsOf(options.connections, options.sealed);
    const isNew = options.sealed === 'new';
    this.secrets = { keychain: !isNew, whyNot: isNew ? 'No keychain answers' : null, fileIsOpen: (options.sealed ?? 'open') === 'open', fileIsNew: isNew };
    if (options.state === 'offline') this.connections = this.connections.map((one) => ({ ...one, state: 'unreachable' }));
    const jobs = bare ? [] : options.rows === undefined ? sampleJobs(this.now) : manyJobs(options.rows, this.now);
    for (const job of jobs) if (options.state !== 'landed' || job.row.section === 'landed') this.jobs.set(job.row.id, job);
    this.notices = bare ? [] : noticesAt(this.now);
  }

  desk(): Desk {
    const rows = [...this.jobs.values()].map((job) => job.row);
    const states = this.connections.map((one) => [one.name, one.state] as const);
    return {
      version: '0.1.0',
      theme: this.settings.theme,
      language: this.settings.language,
      lost: this.options.state === 'lost',
      firstStart: this.options.state === 'first' && this.jobs.size === 0,
      allPaused: this.allPaused,
      offline: this.options.state === 'offline',
      sampleRuns: this.sampleRuns,
      hasTray: true,
      rate: rows.reduce((sum, row) => sum + (row.rate ?? 0), 0),
      freeBytes: 218_000_000_000,
      folder: 'Exports',
      connections: Object.fromEntries(states),
      notices: this.notices,
    };
  }

  watch(on: (change: Change) => void): void {
    if (this.options.state === 'loading') return;
     
    if (this.options.state === 'error') throw refusal;
    if (this.options.state === 'offline') this.#disconnect();
    this.#told = on;
    on({ type: 'whole', revision: this.#revision, rows: [...this.jobs.values()].map((job) => job.row), desk: this.desk() });
  }

  /** Lets time pass, and tells what changed by it. */
  step(milliseconds: number): void {
    this.now += milliseconds;
    if (this.allPaused || this.options.state === 'offline') return;
    const rows: JobRow[] = [];
    for (const job of this.jobs.values()) if (live(job, milliseconds, this.now)) rows.push(job.row);
    if (rows.length > 0) this.tell(rows);
  }

  tell(rows: JobRow[], gone: JobId[] = []): void {
    this.#revision += rows.length + gone.length + 1;
    this.#told?.({ type: 'delta', revision: this.#revision, rows, gone, desk: this.desk() });
  }

  job(id: JobId): FakeJob {
    const job = this.jobs.get(id);
     
    if (job === undefined) throw { ...refusal, code: '', message: 'There is no such job', remediation: 'Look at the list' };
    return job;
  }

  #disconnect(): void {
    for (const job of this.jobs.values()) {
      if (job.row.section === 'active' && job.row.phase !== 'paused') job.row = { ...job.row, waitingFor: 'network', rate: null, etaSeconds: null };
    }
  }
}

function noticesAt(now: number): Notice[] {
  const ago = (minutes: number): string => stamp(now - minutes * 60_000);
  return [
    { number: 4, at: ago(3), kind: 'too-late', title: 'Link ends before the download', text: 'Harbour film, trailer needs longer than its link lives', job: 'r6t3', section: 'active' },
    { number: 3, at: ago(6), kind: 'needs-sign-in', title: 'Matter packages wants a sign-in', text: 'Matter, clientB-uat waits; nothing is lost', job: 'm5a2', section: 'waiting-for-me' },
    { number: 2, at: ago(13), kind: 'landed', title: 'Landed: Neubau Süd, report', text: '1.3 MB, verified', job: 'l1', section: 'landed' },
    { number: 1, at: ago(44), kind: 'failed', title: 'Failed: Harbour film, final cut', text: 'The render failed: FFmpeg stopped with status 1', job: 'h2f9', section: 'waiting-for-me' },
  ];
}

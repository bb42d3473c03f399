import type { JobOrder } from '../../wire';
import { changed, stamp, type FakeJob } from './job';

function told(job: FakeJob, text: string, now: number): void {
  job.timeline = [...job.timeline, { at: stamp(now), text }];
}

/** Lets time pass for one job. True when its row changed. */
export function live(job: FakeJob, milliseconds: number, now: number): boolean {
  const seconds = milliseconds / 1000;
  const { row } = job;
  switch (row.phase) {
    case 'submitting':
      job.row = changed(row, { phase: 'waiting', queuePosition: 2, waitingFor: 'server-queue' }, now);
      told(job, 'Asked the server', now);
      return true;
    case 'preparing': {
      if (row.serverPart === null) return false;
      const serverPart = Math.min(1, row.serverPart + seconds / 180);
      if (serverPart < 1) job.row = changed(row, { serverPart, etaSeconds: (1 - serverPart) * 180 }, now);
      else {
        job.row = changed(row, { phase: 'downloading', serverPart: 1, downloadPart: 0, stage: null, total: job.size, etaSeconds: job.size / job.speed }, now);
        told(job, 'Download began', now);
      }
      return true;
    }
    case 'downloading':
      return flow(job, seconds, now);
    case 'verifying':
      if (row.etaSeconds !== null && row.etaSeconds > seconds) job.row = changed(row, { etaSeconds: row.etaSeconds - seconds }, now);
      else {
        job.row = changed(row, { phase: 'landed', etaSeconds: null, verified: true, files: 1 }, now);
        told(job, 'Landed, verified', now);
      }
      return true;
    default:
      return false;
  }
}

function flow(job: FakeJob, seconds: number, now: number): boolean {
  const { row } = job;
  const wobble = 0.85 + 0.3 * Math.abs(Math.sin(now / 9000 + job.size));
  const rate = (row.rate !== null && row.rate < 2_000_000 ? row.rate : job.speed * wobble) * 1;
  const bytes = Math.min(job.size, row.bytes + rate * seconds);
  if (bytes >= job.size) {
    job.row = changed(row, { phase: 'verifying', bytes, total: job.size, downloadPart: 1, rate: null, etaSeconds: 3 }, now);
    told(job, 'Whole, being verified', now);
    return true;
  }
  job.throughput = [...job.throughput, rate].slice(-120);
  const part = row.total === null ? null : bytes / row.total;
  job.row = changed(row, { bytes, rate, downloadPart: part, etaSeconds: row.total === null ? null : (row.total - bytes) / rate }, now);
  return true;
}

/** Obeys one order. False when the job is to leave the list. */
export function obey(job: FakeJob, order: JobOrder, now: number): boolean {
  const { row } = job;
  switch (order) {
    case 'pause':
      job.row = changed(row, { phase: 'paused', rate: null, etaSeconds: null, waitingFor: null }, now);
      told(job, 'Paused', now);
      return true;
    case 'resume':
    case 'retry':
    case 'extend':
    case 'sign-in':
      job.row = changed(row, { phase: (row.serverPart ?? 1) >= 1 ? 'downloading' : 'preparing', trouble: null, remedy: null, waitingFor: null, restingUntil: null, total: (row.serverPart ?? 1) >= 1 ? job.size : null }, now);
      told(job, 'Goes on', now);
      return true;
    case 'retry-as-new':
      job.row = changed(row, { phase: 'submitting', serverPart: 0, downloadPart: null, bytes: 0, total: null, trouble: null, remedy: null, files: 0, verified: false }, now);
      told(job, 'Asked for again as a new job', now);
      return true;
    case 'keep-both':
    case 'replace':
    case 'keep-old':
      job.row = changed(row, { phase: 'landed', section: 'landed', trouble: null, remedy: null, waitingFor: null, restingUntil: null, files: 1, verified: true }, now);
      told(job, 'Landed', now);
      return true;
    case 'cancel':
      job.row = changed(row, { phase: 'cancelled', rate: null, etaSeconds: null, waitingFor: null }, now);
      told(job, 'Cancelled on the server', now);
      return true;
    case 'forget':
      return false;
    case 'open':
    case 'reveal':
    case 'delete':
      return true;
  }
}

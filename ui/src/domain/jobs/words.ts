import { bytes, bytesOf, duration, moment, rate, roughly } from '../../shared/format';
import { text, type Key } from '../../shared/i18n';
import type { Tone } from '../../shared/base';
import type { JobRow } from '../../shared/wire';

/** What a line says of a job: a word that stands out, where one must, and a sentence. */
export interface StageWords {
  chip: { tone: Tone; words: string } | null;
  words: string;
}

/** What stands at the right of a line: the figure that matters now, and one below it. */
export interface Figures {
  main: string;
  below: string;
}

const chip = (tone: Tone, key: Key): StageWords['chip'] => ({ tone, words: text(key) });

/** Where a job is, in words. */
export function stageWords(row: JobRow): StageWords {
  switch (row.phase) {
    case 'landed':
      return landedWords(row);
    case 'failed':
      return { chip: chip('bad', 'chip.failed'), words: row.trouble ?? '' };
    case 'expired':
      return { chip: chip('bad', 'chip.expired'), words: row.trouble ?? text('stage.expired') };
    case 'needs-sign-in':
      return { chip: chip('warn', 'chip.signIn'), words: text('stage.signIn') };
    case 'resting':
      return restingStage(row);
    default:
      return { chip: held(row), words: underWay(row) };
  }
}

/** What a job rests for: a person makes room or says which file stays, or it tries again by itself. */
function restingStage(row: JobRow): StageWords {
  if (row.waitingFor === 'name') return { chip: chip('warn', 'chip.name'), words: text('stage.name', { trouble: row.trouble ?? '' }) };
  return { chip: row.waitingFor === 'disk' ? chip('bad', 'chip.disk') : chip('warn', 'chip.resting'), words: restingWords(row) };
}

/** The word for what holds up a job that is under way. */
function held(row: JobRow): StageWords['chip'] {
  if (row.phase === 'paused' || row.phase === 'cancelling' || row.phase === 'cancelled') return null;
  if (row.waitingFor === 'network') return chip('warn', 'chip.network');
  if (row.tooLate) return chip('warn', 'chip.tooLate');
  if (row.stalled) return chip('warn', 'chip.stalled');
  return null;
}

function landedWords(row: JobRow): StageWords {
  if (row.trouble !== null) return { chip: chip('warn', 'chip.landedPacked'), words: row.trouble };
  const size = bytes(row.total ?? row.bytes);
  const words = row.files > 1 ? text('stage.landedFiles', { files: row.files, size }) : size;
  return { chip: row.verified ? chip('good', 'chip.verified') : chip('plain', 'chip.unverified'), words };
}

function restingWords(row: JobRow): string {
  const why = row.trouble === null ? '' : `${row.trouble} · `;
  return why + (row.restingUntil === null ? text('stage.restingSome') : text('stage.resting', { at: moment(row.restingUntil) }));
}

function underWay(row: JobRow): string {
  switch (row.phase) {
    case 'queued':
      if (row.waitingFor === 'time' && row.restingUntil !== null) return text('stage.time', { at: moment(row.restingUntil) });
      return text(row.waitingFor === 'turn' ? 'stage.turn' : 'stage.queued');
    case 'submitting':
      return text('stage.submitting');
    case 'waiting':
      return row.queuePosition === null ? (row.stage ?? text('stage.waiting')) : text('stage.waitingPlace', { place: row.queuePosition });
    case 'preparing':
      return row.stage === null ? text('stage.preparing') : text('stage.preparingStage', { stage: row.stage });
    case 'resolving':
      return text('stage.resolving');
    case 'downloading':
      return row.total === null ? text('stage.downloadingSome', { bytes: bytes(row.bytes) }) : text('stage.downloading', { bytes: bytesOf(row.bytes, row.total) });
    case 'verifying':
      return text('stage.verifying');
    case 'extracting':
      return text('stage.extracting');
    case 'paused':
      return row.total === null ? text('stage.paused') : text('stage.pausedAt', { bytes: bytesOf(row.bytes, row.total) });
    case 'cancelling':
      return text('stage.cancelling');
    default:
      return text('stage.cancelled');
  }
}

/** The figures at the right of a line. What nobody knows is called so. */
export function figures(row: JobRow): Figures {
  const taken = (Date.parse(row.updatedAt) - Date.parse(row.createdAt)) / 1000;
  switch (row.phase) {
    case 'landed':
      return { main: moment(row.updatedAt), below: text('figure.took', { span: duration(taken) }) };
    case 'failed':
    case 'expired':
    case 'cancelled':
      return { main: moment(row.updatedAt), below: '' };
    case 'paused':
      return { main: text('figure.paused'), below: '' };
    case 'needs-sign-in':
    case 'resting':
    case 'cancelling':
      return { main: '', below: '' };
    case 'downloading':
      return { main: remaining(row), below: row.rate === null ? '' : rate(row.rate) };
    case 'queued':
    case 'submitting':
    case 'resolving':
    case 'verifying':
    case 'extracting':
      return { main: row.etaSeconds === null ? '' : remaining(row), below: '' };
    case 'waiting':
    case 'preparing':
      return { main: remaining(row), below: text('figure.server') };
  }
}

function remaining(row: JobRow): string {
  return row.etaSeconds === null ? text('figure.unknown') : text('figure.about', { span: roughly(row.etaSeconds) });
}

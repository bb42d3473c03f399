import { describe, expect, it } from 'vitest';
import { noon, rowOf } from '../../../tests/rows';
import { sampleJobs } from '../../shared/host/fake/sample';
import { language } from '../../shared/i18n';
import { journeyOf, journeyWords, wholePart } from './journey';
import { overview } from './urgency';
import { figures, stageWords } from './words';

const GB = 1e9;
const downloading = rowOf({ serverPart: 1, downloadPart: 0.45, bytes: 1.9 * GB, total: 4.2 * GB, rate: 10_600_000, etaSeconds: 220 });

describe('the progress in words', () => {
  it.each([
    ['en', 'server done, download 45%, 1.9 / 4.2 GB'],
    ['de', 'Server fertig, Download 45 %, 1,9 / 4,2 GB'],
    ['zh', '服务器已完成, 下载 45%, 1.9 / 4.2 GB'],
  ] as const)('in %s', (spoken, words) => {
    language.use(spoken, []);
    expect(journeyWords(downloading).replaceAll(/[\u00a0\u202f]/g, ' ')).toBe(words);
  });

  it('says plainly what nobody knows', () => {
    expect(journeyWords(rowOf({ phase: 'preparing', serverPart: null }))).toBe('server at work, how far is not known');
    expect(journeyWords(rowOf({ connection: null, bytes: 5, total: null }))).toBe('downloading, size not known');
    expect(figures(rowOf({ phase: 'preparing', serverPart: null, etaSeconds: null })).main).toBe('not known yet');
  });

  it('never says 100 % before all is there', () => {
    expect(journeyWords(rowOf({ serverPart: 1, downloadPart: 0.9999, bytes: 9999, total: 10_000 }))).toContain('99%');
  });
});

describe('the progress as drawn', () => {
  it('has no server part for a plain download', () => {
    expect(journeyOf(rowOf({ connection: null, downloadPart: 0.5 })).server).toBe('none');
    expect(wholePart(rowOf({ connection: null, downloadPart: 0.5 }))).toBe(0.5);
  });

  it('counts the server and the download as half each', () => {
    expect(wholePart(rowOf({ phase: 'preparing', serverPart: 0.5 }))).toBe(0.25);
    expect(wholePart(rowOf({ serverPart: 1, downloadPart: 0.5 }))).toBe(0.75);
  });

  it('takes the server for done once bytes come, although it told no number', () => {
    expect(journeyOf(rowOf({ serverPart: null, downloadPart: 0.1 })).server).toBe(1);
  });

  it.each([
    [{ phase: 'failed' }, 'failed'],
    [{ phase: 'paused' }, 'paused'],
    [{ phase: 'needs-sign-in' }, 'held'],
    [{ tooLate: true }, 'held'],
    [{ waitingFor: 'network' }, 'held'],
    [{ phase: 'resting', waitingFor: 'disk' }, 'held'],
    [{}, 'moving'],
  ] as const)('of %o is %s', (change, form) => {
    expect(journeyOf(rowOf(change)).form).toBe(form);
  });
});

describe('the stage in words', () => {
  it('of every sample says something, in every language', () => {
    for (const spoken of ['en', 'de', 'zh'] as const) {
      language.use(spoken, []);
      for (const { row } of sampleJobs(noon)) {
        const { chip, words } = stageWords(row);
        expect(`${chip?.words ?? ''}${words}`, `${row.phase} in ${spoken}`).not.toBe('');
      }
    }
  });

  it('tells landed and verified from landed and not verifiable', () => {
    expect(stageWords(rowOf({ phase: 'landed', verified: true })).chip).toEqual({ tone: 'good', words: 'Landed, verified' });
    expect(stageWords(rowOf({ phase: 'landed', verified: false })).chip).toEqual({ tone: 'plain', words: 'Landed, not verifiable' });
  });

  it('tells the place in the queue', () => {
    expect(stageWords(rowOf({ phase: 'waiting', queuePosition: 4 })).words).toBe('queued on the server, place 4');
  });

  it('tells what rests for the disk from what tries a server again', () => {
    const resting = { phase: 'resting', trouble: 'There is no room in Exports' } as const;
    expect(stageWords(rowOf({ ...resting, waitingFor: 'disk' }))).toEqual({ chip: { tone: 'bad', words: 'Cannot save' }, words: 'There is no room in Exports · tries again by itself' });
    expect(stageWords(rowOf({ ...resting, waitingFor: 'network' })).chip).toEqual({ tone: 'warn', words: 'Tries again' });
  });

  it('says that a whole file waits for a word on the one of its name', () => {
    const row = rowOf({ phase: 'resting', waitingFor: 'name', trouble: 'A file called a.mp4 is there already' });
    expect(stageWords(row)).toEqual({ chip: { tone: 'warn', words: 'Name in use' }, words: 'A file called a.mp4 is there already · the new file waits, whole' });
  });

  it('warns of a link that ends before the download', () => {
    expect(stageWords(rowOf({ tooLate: true, total: 10, bytes: 5 }))).toEqual({ chip: { tone: 'warn', words: 'Link ends too soon' }, words: 'downloading 5 / 10 B' });
  });
});

describe('the most urgent', () => {
  it('is what may come too late, then what is nearest to its end', () => {
    const rows = [rowOf({ id: 'slow', etaSeconds: 900 }), rowOf({ id: 'server', phase: 'preparing', etaSeconds: 5 }), rowOf({ id: 'fast', etaSeconds: 10 }), rowOf({ id: 'late', tooLate: true, etaSeconds: 9999 }), rowOf({ id: 'over', section: 'landed' })];
    const { urgent, active } = overview(rows, 3);
    expect(urgent.map((row) => row.id)).toEqual(['late', 'fast', 'slow']);
    expect(active).toBe(4);
  });

  it('of nothing is nothing', () => {
    expect(overview([], 3)).toEqual({ urgent: [], part: 0, active: 0 });
  });
});

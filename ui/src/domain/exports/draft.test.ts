import { flushSync } from 'svelte';
import { expect, test, vi } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import type { ExportForm, FormCheck, ParamField } from '../../shared/wire';
import { ExportDraft } from './draft.svelte';
import { defaultsOf, factorsOf, givenOf, shiftedValues, valuesOf } from './values';

async function loaded(connection: string): Promise<{ draft: ExportDraft; host: ReturnType<typeof fakeHost> }> {
  const host = fakeHost();
  const draft = new ExportDraft(host);
  await draft.load(connection);
  await vi.waitFor(() => expect(draft.checking).toBe(false));
  return { draft, host };
}

const field = (draft: ExportDraft, name: string): ParamField => {
  const found = draft.fields.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no field ${name}`);
  return found;
};

test('several values of several fields multiply', async () => {
  const { draft } = await loaded('Harbour cameras');
  draft.set(field(draft, 'camera'), ['quay-1', 'quay-2', 'quay-3']);
  draft.set(field(draft, 'interval'), ['2026-11-21T06:00:00Z/2026-11-21T07:00:00Z', '2026-11-22T06:00:00Z/2026-11-22T07:00:00Z']);
  await vi.waitFor(() => expect(draft.check?.jobs).toBe(6));
  expect(draft.factors).toEqual([{ label: 'Camera', count: 3 }, { label: 'Time', count: 2 }]);
  expect(await draft.request(), 'a sound form is asked for').toHaveLength(1);
});

test('an answer to older values is dropped, and what is typed meanwhile is checked once', async () => {
  const { draft, host } = await loaded('Matter packages');
  const answers: ((check: FormCheck) => void)[] = [];
  const asked: string[] = [];
  host.checkForm = (wanted) => {
    asked.push(wanted.given.find(([name]) => name === 'environment')?.[1] ?? '');
    return new Promise((answer) => answers.push(answer));
  };
  const environment = field(draft, 'environment');
  for (const typed of ['a', 'ab', 'abc']) draft.set(environment, [typed]);
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers[0]?.({ flaws: [{ param: 'environment', message: 'of old values' }], jobs: 0, titles: [] });
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(draft.flawOf('environment'), 'a stale flaw is never said').not.toBe('of old values');
  answers[1]?.({ flaws: [], jobs: 1, titles: ['abc'] });
  await vi.waitFor(() => expect(draft.check?.titles).toEqual(['abc']));
  expect(asked, 'letters in between are not checked one by one').toEqual(['a', 'abc']);
});

test('a flaw is said once a person was there or tried to export', async () => {
  const { draft } = await loaded('Matter packages');
  expect(draft.check?.flaws).not.toEqual([]);
  expect(draft.flawOf('environment')).toBeNull();
  expect(await draft.request()).toBeNull();
  expect(draft.flawOf('environment')).toContain('is needed');
  expect(draft.firstFlawed).toBe('environment');
});

test('asking is shown in the same moment', async () => {
  const { draft } = await loaded('Matter packages');
  const asked = draft.request();
  flushSync();
  expect(draft.asking).toBe(true);
  await asked;
  expect(draft.asking).toBe(false);
});

test('what depends on another value is fetched for it and chosen anew', async () => {
  const { draft } = await loaded('Take-off reports');
  expect(draft.asked.map(({ name }) => name), 'not asked for before').not.toContain('section');
  draft.set(field(draft, 'project'), ['Kranbahn']);
  const section = field(draft, 'section');
  await vi.waitFor(() => expect(draft.choices.of(section)).toMatchObject({ state: 'ready', choices: [{ label: 'Level 1, Kranbahn' }, {}, {}] }));
  draft.set(section, ['Roof']);
  draft.set(field(draft, 'project'), ['Hafenbecken 4']);
  expect(draft.values['section']).toEqual([]);
});

test('choices that cannot be fetched say why, and can be tried again', async () => {
  const host = fakeHost();
  const choices = host.choices;
  host.choices = () => Promise.reject(new Error('no way'));
  const draft = new ExportDraft(host);
  await draft.load('Harbour cameras');
  const camera = field(draft, 'camera');
  await vi.waitFor(() => expect(draft.choices.of(camera).state).toBe('failed'));
  host.choices = choices;
  draft.choices.retry(draft.form as ExportForm, camera, draft.values);
  await vi.waitFor(() => expect(draft.choices.of(camera).state).toBe('ready'));
});

test('a template brings its values back', async () => {
  const { draft } = await loaded('Matter packages');
  draft.set(field(draft, 'environment'), ['clienta-uat']);
  await draft.saveTemplate('Weekly', true);
  draft.set(field(draft, 'environment'), ['other']);
  const template = draft.form?.templates[0];
  if (template === undefined) throw new Error('the template is not there');
  draft.fill(template.export);
  expect(draft.values['environment']).toEqual(['clienta-uat']);
});

test('commas inside a value stay inside, and times shift by days of the wall', async () => {
  const { draft } = await loaded('Harbour cameras');
  const { fields } = draft;
  const values = { ...defaultsOf(fields), camera: ['Quay 1, north', 'Quay 2'], interval: ['2026-11-21T06:00:00Z/2026-11-21T07:00:00Z'] };
  const given = givenOf(fields, values);
  expect(given).toContainEqual(['camera', 'Quay 1\\, north']);
  expect(valuesOf(fields, given)['camera']).toEqual(values.camera);
  draft.set(field(draft, 'interval'), values.interval);
  draft.shift(-1);
  expect(draft.values['interval']).toEqual(['2026-11-20T06:00:00Z/2026-11-20T07:00:00Z']);
  expect(shiftedValues(fields, values, 2)['interval']).toEqual(['2026-11-23T06:00:00Z/2026-11-23T07:00:00Z']);
  expect(factorsOf(fields, values)).toEqual([{ label: 'Camera', count: 2 }]);
});

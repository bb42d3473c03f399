import { expect, test } from 'vitest';
import { fakeHost } from '../../shared/host/fake';
import { Comparison } from './comparison.svelte';

async function loaded(): Promise<Comparison> {
  const comparison = new Comparison(fakeHost());
  await comparison.load('l1', 'h2f9');
  return comparison;
}

test('what differs is counted, and filtered by kind and words', async () => {
  const comparison = await loaded();
  expect(comparison.counts).toEqual({ added: 1, removed: 1, changed: 2 });
  comparison.kind = 'added';
  expect(comparison.lines.map((line) => line.key)).toEqual(['2']);
  comparison.clear();
  comparison.words = 'team-b';
  expect(comparison.lines, 'a value is found with its component, without its neighbours').toMatchObject([{ type: 'component' }, { where: 'steps[2].assignee' }]);
});

test('what is shown is copied as text', async () => {
  const comparison = await loaded();
  comparison.words = 'Intake';
  expect(comparison.asText().split('\n').slice(1)).toEqual(['~ workflows / Intake', '    steps[2].assignee: "team-a" → "team-b"', '    timeout: 30 → 45', '    notify: nothing → true', '']);
});

test('packages that are the same have no lines, and an answer about others is dropped', async () => {
  const host = fakeHost();
  const compare = host.compare;
  let answerFirst: (() => void) | undefined;
  host.compare = (left, right) => (left === 'x9u4' ? new Promise((answer) => (answerFirst = () => void compare(left, right).then(answer))) : compare(left, right));
  const comparison = new Comparison(host);
  const older = comparison.load('x9u4', 'l1');
  await comparison.load('l1', 'l1');
  answerFirst?.();
  await older;
  expect(comparison.view).toMatchObject({ components: [], same: 13 });
  expect(comparison.lines).toEqual([]);
});

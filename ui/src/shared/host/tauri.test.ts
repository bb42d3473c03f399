import { beforeEach, expect, it, vi } from 'vitest';
import { fakeHost } from './fake';
import { tauri } from './tauri';

const invoke = vi.hoisted(() => vi.fn<(command: string, given?: Record<string, unknown>) => Promise<unknown>>());
vi.mock('@tauri-apps/api/core', () => ({ invoke, Channel: class { onmessage: ((message: unknown) => void) | undefined } }));

beforeEach(() => {
  invoke.mockReset().mockResolvedValue(undefined);
});

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

it('every method is the command of the same name', async () => {
  const methods = Object.keys(fakeHost()).filter((name) => name !== 'world');
  expect(Object.keys(tauri).toSorted(), 'both hosts have the same methods').toEqual(methods.toSorted());
  for (const name of methods) {
    invoke.mockClear();
    await (tauri[name as keyof typeof tauri] as (...given: unknown[]) => Promise<unknown>)('a', 'b', 'c');
    expect(invoke.mock.calls[0]?.[0], name).toBe(snake(name));
  }
});

it('hands arguments on by name', async () => {
  await tauri.answerLink(3, true, false);
  expect(invoke).toHaveBeenCalledWith('answer_link', { number: 3, accepted: true, always: false });
  await tauri.adopt('Harbour', '9c41');
  expect(invoke).toHaveBeenCalledWith('adopt', { connection: 'Harbour', remoteId: '9c41' });
});

it('acknowledges a change when it was taken, and nothing after the end', async () => {
  const heard: number[] = [];
  const stop = await tauri.watch((change) => heard.push(change.revision));
  const { channel } = invoke.mock.calls[0]?.[1] as { channel: { onmessage: (message: unknown) => void } };
  channel.onmessage({ type: 'delta', revision: 5, rows: [], gone: [], desk: null });
  expect(heard).toEqual([5]);
  expect(invoke).toHaveBeenLastCalledWith('acknowledge', { revision: 5 });
  stop();
  channel.onmessage({ type: 'delta', revision: 6, rows: [], gone: [], desk: null });
  expect(heard, 'the old channel is deaf').toEqual([5]);
  expect(invoke).not.toHaveBeenCalledWith('acknowledge', { revision: 6 });
});

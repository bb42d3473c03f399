import type { Host } from '../../host';
import type { FakeOptions } from './world';

const failure = { code: 'EXPORT_009', name: 'DISK_ERROR', message: 'The home folder cannot be read', remediation: 'See that its disk is there, then try again', recoverable: true, correlationId: null, details: null };

/** The same app, to which some questions are never answered, others refused, and others answered with nothing of what was asked. */
export function hindered<T extends Host>(host: T, { stuck = [], refused = [], faulty = [] }: FakeOptions): T {
  const never = (): Promise<never> => new Promise(() => undefined);
  const refuse = (): Promise<never> => Promise.reject(failure);
  const empty = (): Promise<unknown> => Promise.resolve({});
  return Object.assign(host, Object.fromEntries([...stuck.map((name) => [name, never] as const), ...refused.map((name) => [name, refuse] as const), ...faulty.map((name) => [name, empty] as const)]));
}

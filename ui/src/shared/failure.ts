import { text } from './i18n';
import type { Failure } from './wire';

/** What was caught, as a failure that can be shown. Whatever is not one of the app's own says so honestly. */
export function failureOf(caught: unknown): Failure {
  if (typeof caught === 'object' && caught !== null && 'message' in caught && 'code' in caught) return caught as Failure;
  return {
    code: '',
    name: '',
    message: caught instanceof Error ? caught.message : String(caught),
    remediation: text('failure.unexpected'),
    recoverable: true,
    correlationId: null,
    details: null,
  };
}

import type { Failure } from '../../shared/wire';

/** The server refused the sign-in. */
export const isRefused = (failure: Failure): boolean => failure.name === 'AUTHENTICATION_ERROR';

/** The server could not be asked at all. */
export const isUnreachable = (failure: Failure): boolean => failure.name === 'NETWORK_ERROR';

/** Why an address is none, or is not safe. */
export function addressFlaw(written: string): 'none' | 'plain' | null {
  let url: URL;
  try {
    url = new URL(written.trim());
  } catch {
    return 'none';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'none';
  const isHere = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
  return url.protocol === 'http:' && !isHere ? 'plain' : null;
}

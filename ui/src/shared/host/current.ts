import type { Host } from '../host';

let chosen: Host | undefined;

/** The app that this page speaks to. */
export function host(): Host {
  if (chosen === undefined) throw new Error('No host was chosen before the first question to it');
  return chosen;
}

/** Chooses the app, once, before anything is drawn; tests choose anew for each test. */
export function useHost(next: Host): void {
  chosen = next;
}

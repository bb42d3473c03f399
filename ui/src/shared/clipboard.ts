import { text } from './i18n';
import type { Failure } from './wire';

/** Puts a text on the clipboard: null when it is there, else why not. */
export async function putOnClipboard(written: string): Promise<Failure | null> {
  try {
    await navigator.clipboard.writeText(written);
    return null;
  } catch {
    return { code: '', name: '', message: text('clipboard.refused'), remediation: text('clipboard.remedy'), recoverable: true, correlationId: null, details: null };
  }
}

import type { Ask } from '../../wire';

/** One of what the app can ask of the page, to look at its dialog. */
export function sampleAsk(type: string): Ask {
  switch (type) {
    case 'confirm-export':
      return { type, number: 1, title: 'Quay 7, 21 Nov 06:00–07:00', export: { connection: 'Harbour cameras', given: [['Camera', 'quay-7'], ['From', '2026-11-21 06:00'], ['To', '2026-11-21 07:00']], folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null }, jobs: 3, asked: [['Camera', 'Quay 7'], ['Time', '2026-11-21 06:00–07:00']] };
    case 'confirm-adopt':
      return { type, number: 2, connection: 'Harbour cameras', remoteId: '9c41-77d0' };
    case 'bad-link':
      return { type, failure: { code: 'EXPORT_001', name: 'JOB_CREATION_FAILED', message: 'The link names a connection that is not here: “Old cameras”', remediation: 'Add the connection, or ask for a link that names another', recoverable: false, correlationId: null, details: null } };
    case 'confirm-quit':
      return { type, active: 5 };
    case 'show-job':
      return { type, id: 'h2f9' };
    default:
      return { type: 'close-or-tray' };
  }
}

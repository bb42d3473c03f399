// The messages of all three languages, a file per part of the app. English is the measure: its keys are the keys.
import deCompact from '../../messages/de/compact.json';
import deCompare from '../../messages/de/compare.json';
import deConnections from '../../messages/de/connections.json';
import deDetail from '../../messages/de/detail.json';
import deDialogs from '../../messages/de/dialogs.json';
import deJobs from '../../messages/de/jobs.json';
import deMain from '../../messages/de/main.json';
import deNewExport from '../../messages/de/new-export.json';
import deSettings from '../../messages/de/settings.json';
import deShared from '../../messages/de/shared.json';
import deStart from '../../messages/de/start.json';
import enCompact from '../../messages/en/compact.json';
import enCompare from '../../messages/en/compare.json';
import enConnections from '../../messages/en/connections.json';
import enDetail from '../../messages/en/detail.json';
import enDialogs from '../../messages/en/dialogs.json';
import enJobs from '../../messages/en/jobs.json';
import enMain from '../../messages/en/main.json';
import enNewExport from '../../messages/en/new-export.json';
import enSettings from '../../messages/en/settings.json';
import enShared from '../../messages/en/shared.json';
import enStart from '../../messages/en/start.json';
import zhCompact from '../../messages/zh/compact.json';
import zhCompare from '../../messages/zh/compare.json';
import zhConnections from '../../messages/zh/connections.json';
import zhDetail from '../../messages/zh/detail.json';
import zhDialogs from '../../messages/zh/dialogs.json';
import zhJobs from '../../messages/zh/jobs.json';
import zhMain from '../../messages/zh/main.json';
import zhNewExport from '../../messages/zh/new-export.json';
import zhSettings from '../../messages/zh/settings.json';
import zhShared from '../../messages/zh/shared.json';
import zhStart from '../../messages/zh/start.json';

export const en = {
  ...enShared,
  ...enMain,
  ...enJobs,
  ...enDetail,
  ...enDialogs,
  ...enCompact,
  ...enNewExport,
  ...enConnections,
  ...enSettings,
  ...enCompare,
  ...enStart,
};

/** A key of the messages. */
export type Key = keyof typeof en;

/** One language's texts. A missing key does not compile. */
export type Messages = Record<Key, string>;

export const de: Messages = {
  ...deShared,
  ...deMain,
  ...deJobs,
  ...deDetail,
  ...deDialogs,
  ...deCompact,
  ...deNewExport,
  ...deConnections,
  ...deSettings,
  ...deCompare,
  ...deStart,
};

export const zh: Messages = {
  ...zhShared,
  ...zhMain,
  ...zhJobs,
  ...zhDetail,
  ...zhDialogs,
  ...zhCompact,
  ...zhNewExport,
  ...zhConnections,
  ...zhSettings,
  ...zhCompare,
  ...zhStart,
};

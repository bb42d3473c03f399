// The only file that imports the API of Tauri. A command has the method's name in snake case and the same argument names.
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Host, Stop } from '../host';
import type { Ask, Change } from '../wire';

function heard<T>(command: string, on: (message: T) => void | Promise<void>): Promise<Stop> {
  const channel = new Channel<T>();
  let stopped = false;
  channel.onmessage = (message) => {
    if (!stopped) void on(message);
  };
  return invoke(command, { channel }).then(() => () => {
    stopped = true;
  });
}

export const tauri: Host = {
  // The next change is made only after this one is acknowledged, so that a slow page is never flooded.
  watch: (on) =>
    heard<Change>('watch', async (change) => {
      on(change);
      await invoke('acknowledge', { revision: change.revision });
    }),
  asks: (on) => heard<Ask>('asks', on),

  detail: (id) => invoke('detail', { id }),
  find: (words) => invoke('find', { words }),
  order: (ids, order) => invoke('order', { ids, order }),
  pauseAll: () => invoke('pause_all'),
  resumeAll: () => invoke('resume_all'),
  setPriority: (id, priority) => invoke('set_priority', { id, priority }),
  openFile: (id, file) => invoke('open_file', { id, file }),
  revealFile: (id, file) => invoke('reveal_file', { id, file }),
  verify: (id) => invoke('verify', { id }),
  preview: (id, file) => invoke('preview', { id, file }),
  components: (id) => invoke('components', { id }),
  compare: (left, right) => invoke('compare', { left, right }),
  adopt: (connection, remoteId) => invoke('adopt', { connection, remoteId }),
  noticesSeen: (numbers) => invoke('notices_seen', { numbers }),

  form: (connection) => invoke('form', { connection }),
  choices: (connection, param, given) => invoke('choices', { connection, param, given }),
  checkForm: (wanted) => invoke('check_form', { wanted }),
  request: (wanted) => invoke('request', { wanted }),
  again: (id, days) => invoke('again', { id, days }),
  checkTable: (connection, text) => invoke('check_table', { connection, text }),
  requestTable: (wanted, text) => invoke('request_table', { wanted, text }),
  chooseFolder: () => invoke('choose_folder'),
  chooseCertificate: () => invoke('choose_certificate'),
  chooseText: () => invoke('choose_text'),
  saveTemplate: (template) => invoke('save_template', { template }),
  removeTemplate: (connection, name) => invoke('remove_template', { connection, name }),

  connections: () => invoke('connections'),
  connectors: () => invoke('connectors'),
  secrets: () => invoke('secrets'),
  unlockSecrets: (passPhrase) => invoke('unlock_secrets', { passPhrase }),
  addConnection: (wanted) => invoke('add_connection', { wanted }),
  changeConnection: (connection, settings, untested) => invoke('change_connection', { connection, settings, untested }),
  signIn: (connection, secrets) => invoke('sign_in', { connection, secrets }),
  testConnection: (connection) => invoke('test_connection', { connection }),
  removeConnection: (connection) => invoke('remove_connection', { connection }),
  allowInstantLinks: (connection, allowed) => invoke('allow_instant_links', { connection, allowed }),
  checkConnector: (name, text) => invoke('check_connector', { name, text }),
  addConnector: (name, text) => invoke('add_connector', { name, text }),

  startSample: () => invoke('start_sample'),
  stopSample: () => invoke('stop_sample'),

  settings: () => invoke('settings'),
  saveSettings: (settings) => invoke('save_settings', { settings }),
  openLogs: () => invoke('open_logs'),
  openFolder: () => invoke('open_folder'),
  showMain: () => invoke('show_main'),
  showCompact: () => invoke('show_compact'),
  answerClose: (toTray, remember) => invoke('answer_close', { toTray, remember }),
  stay: () => invoke('stay'),
  answerLink: (number, accepted, always) => invoke('answer_link', { number, accepted, always }),
  quit: () => invoke('quit'),
};

// Plays the app, for tests and for looking at every view in a browser. Its clock moves only by `world.step`.
import type { Host } from '../host';
import type { NewExport, Template } from '../wire';
import { checkConnectorText, choicesOf, comparisonOf, connectorsOf, formOf } from './fake/connections';
import { detailOf, packageOf, previewOf } from './fake/detail';
import { changed, jobOf } from './fake/job';
import { hindered } from './fake/hindered';
import { obey } from './fake/life';
import { sampleJobs } from './fake/sample';
import { World, type FakeOptions } from './fake/world';

export type { FakeOptions };

/** The played app, and the world that it plays in. */
export type FakeHost = Host & { world: World };

const refused = (message: string, remediation: string): Promise<never> =>
   
  Promise.reject({ code: 'EXPORT_008', name: 'AUTHENTICATION_ERROR', message, remediation, recoverable: true, correlationId: null, details: null });

const unreachable = (): Promise<never> =>
  Promise.reject({ code: 'EXPORT_007', name: 'NETWORK_ERROR', message: 'The server cannot be reached', remediation: 'Check the network and the address', recoverable: true, correlationId: null, details: null });

const later = <T>(value: T): Promise<T> => Promise.resolve(value);
const done = (): Promise<void> => Promise.resolve();

export function fakeHost(options: FakeOptions = {}): FakeHost {
  return hindered(play(new World(options)), options);
}

function play(world: World): FakeHost {
  let number = 0;
  const templates: Template[] = [];
  /** Asked for while everything was paused. */
  const held = new Set<string>();
  const connection = (name: string): World['connections'][number] => {
    const found = world.connections.find((one) => one.name === name) ?? world.connections[0];
    if (found === undefined) throw new Error('There is no connection');
    return found;
  };
  const titleOf = (wanted: NewExport): string => wanted.given.map(([, value]) => value).join(', ') || wanted.connection;
  const flawsOf = (wanted: NewExport): { param: string; message: string }[] =>
    formOf(connection(wanted.connection))
      .fields.filter((field) => field.required && !wanted.given.some(([name, value]) => name === field.name && value !== ''))
      .map((field) => ({ param: field.name, message: `${field.label} is needed: such as ${field.example}` }));
  const begin = (title: string, by: string | null): string => {
    number += 1;
    const job = jobOf({ id: `n${number.toString()}`, title, connection: by, kind: 'other', badge: 'FILE', phase: world.allPaused ? 'paused' : 'submitting', size: 90_000_000, minutesAgo: 0 }, world.now);
    if (world.allPaused) held.add(job.row.id);
    world.jobs.set(job.row.id, job);
    world.tell([job.row]);
    return job.row.id;
  };

  return {
    world,
    watch: async (on) => {
      await done();
      world.watch(on);
      return () => undefined;
    },
    asks: (on) => {
      world.ask = on;
      return later(() => undefined);
    },

    detail: async (id) => {
      await done();
      return detailOf(world.job(id), world.now);
    },
    find: (words) => {
      const traces = [...world.jobs.values()].map((job) => {
        const { id, correlationId, remoteId, files } = detailOf(job, world.now).job;
        return { id, written: [correlationId, remoteId ?? '', ...files.map((file) => file.path.split('/').at(-1))].join('\n').toLowerCase() };
      });
      return later(words.map((word) => traces.filter(({ written }) => word.length >= 3 && written.includes(word)).map(({ id }) => id)));
    },
    order: (ids, order) => {
      const gone = ids.filter((id) => !obey(world.job(id), order, world.now));
      const rows = ids.filter((id) => !gone.includes(id)).map((id) => world.job(id).row);
      for (const id of gone) world.jobs.delete(id);
      world.tell(rows, gone);
      return later(ids.map((id) => ({ id, failure: null })));
    },
    pauseAll: () => {
      world.allPaused = true;
      world.tell([]);
      return done();
    },
    resumeAll: () => {
      world.allPaused = false;
      const rows = [...held].flatMap((id) => {
        const job = world.jobs.get(id);
        if (job?.row.phase !== 'paused') return [];
        job.row = changed(job.row, { phase: 'submitting' }, world.now);
        return [job.row];
      });
      held.clear();
      world.tell(rows);
      return done();
    },
    setPriority: (id, priority) => {
      const job = world.job(id);
      job.row = { ...job.row, priority };
      world.tell([job.row]);
      return done();
    },
    openFile: done,
    revealFile: done,
    verify: (id) => later(world.job(id).row.verified),
    preview: (id) => later(previewOf(world.job(id))),
    components: (id) => later(packageOf(world.job(id))),
    compare: (left, right) => later(comparisonOf(world.job(left).row.title, world.job(right).row.title, world.options.rows)),
    adopt: (by, remoteId) => later(begin(remoteId, by)),
    noticesSeen: (numbers) => {
      world.notices = world.notices.filter((notice) => !numbers.includes(notice.number));
      world.tell([]);
      return done();
    },

    form: (name) => later({ ...formOf(connection(name)), templates: templates.filter((one) => one.export.connection === name) }),
    choices: (_connection, param, given) => (world.options.state === 'offline' ? unreachable() : later(choicesOf(param, given))),
    checkForm: (wanted) => later({ flaws: flawsOf(wanted), ...comesTo(wanted) }),
    request: (wanted) => {
      const flaw = flawsOf(wanted)[0];
      return flaw === undefined ? later([begin(titleOf(wanted), wanted.connection)]) : refused(flaw.message, 'Fill it in');
    },
    again: (id) => {
      const { row, params } = world.job(id);
      return later({ connection: row.connection ?? '', given: params, folder: null, name: null, extract: false, priority: 0, notBefore: null, onClash: null });
    },
    checkTable: (_name, table) => {
      const [head = '', ...lines] = table.trim().split('\n');
      const rows = lines.map((line, index) => ({ line: index + 2, title: line, cells: line.split(','), flaw: line.includes(',,') ? { param: null, message: 'A value is missing' } : null }));
      return later({ flaw: null, columns: head.split(','), rows, total: rows.length, exports: rows.filter((row) => row.flaw === null).length, flawed: rows.filter((row) => row.flaw !== null).length });
    },
    requestTable: (wanted, table) => later(table.trim().split('\n').slice(1).filter((line) => !line.includes(',,')).map((line) => begin(line, wanted.connection))),
    chooseFolder: () => later('Exports/November'),
    chooseCertificate: () => later('/etc/ssl/harbour.pem'),
    chooseText: () => later(['wishes.csv', 'camera,interval\nquay-1,2026-11-21 06:00/07:00\nquay-2,,\n']),
    saveTemplate: (template) => {
      templates.push(template);
      return done();
    },
    removeTemplate: (by, name) => {
      const at = templates.findIndex((one) => one.export.connection === by && one.name === name);
      if (at >= 0) templates.splice(at, 1);
      return done();
    },

    connections: () => later(world.connections.map((one) => ({ ...one, active: [...world.jobs.values()].filter((job) => job.row.connection === one.name && job.row.section === 'active').length }))),
    connectors: () => later(connectorsOf()),
    secrets: () => later(world.secrets),
    unlockSecrets: (passPhrase) => {
      if (passPhrase === 'wrong') return refused('This is not the pass phrase', 'Type the one that the file was sealed with');
      world.secrets = { ...world.secrets, fileIsOpen: true, fileIsNew: false };
      // The server is asked with what was sealed, and takes it.
      world.connections = world.connections.map((one) => (one.isClosed ? { ...one, isClosed: false, state: 'ready' as const } : one));
      world.tell([]);
      return done();
    },
    addConnection: (wanted) => {
      if (Object.values(wanted.secrets).includes('wrong')) return refused('The server refused the sign-in', 'Check user and password, then test again');
      if (wanted.settings.url.includes('nowhere') && !wanted.untested) return unreachable();
      const connector = connectorsOf().find((one) => one.id === wanted.connector);
      const added = { name: wanted.name, connector: wanted.connector, connectorName: connector?.name ?? wanted.connector, settings: wanted.settings, hosts: wanted.hosts, keeping: wanted.keeping, isClosed: false, state: wanted.untested ? 'unreachable' : 'ready', active: 0, instantLinks: false } as const;
      world.connections = [...world.connections, added];
      world.tell([]);
      return later(added);
    },
    changeConnection: (name, settings, untested) => {
      if (settings.url.includes('nowhere') && !untested) return unreachable();
      const changed = { ...connection(name), settings, state: untested ? ('unreachable' as const) : ('ready' as const) };
      world.connections = world.connections.map((one) => (one.name === name ? changed : one));
      world.tell([]);
      return later(changed);
    },
    signIn: (name, secrets) => {
      if (Object.values(secrets).includes('wrong')) return refused('The server refused the sign-in', 'Check user and password, then test again');
      world.connections = world.connections.map((one) => (one.name === name ? { ...one, state: 'ready' as const } : one));
      world.tell([]);
      return done();
    },
    testConnection: (name) => (connection(name).state === 'unreachable' ? unreachable() : done()),
    removeConnection: (name) => {
      world.connections = world.connections.filter((one) => one.name !== name);
      world.tell([]);
      return done();
    },
    allowInstantLinks: (name, allowed) => {
      world.connections = world.connections.map((one) => (one.name === name ? { ...one, instantLinks: allowed } : one));
      return done();
    },
    checkConnector: (_name, written) => {
      const problems = checkConnectorText(written);
      return later({ connector: problems.length === 0 ? (connectorsOf()[4] ?? null) : null, problems, replaces: true });
    },
    addConnector: (_name, written) => {
      const own = connectorsOf()[4];
      return checkConnectorText(written).length === 0 && own !== undefined ? later(own) : refused('The connector file is flawed', 'Mend what is listed');
    },

    startSample: () => {
      world.sampleRuns = true;
      world.connections = new World().connections;
      for (const job of sampleJobs(world.now).slice(0, 5)) world.jobs.set(job.row.id, job);
      world.tell([...world.jobs.values()].map((job) => job.row));
      return later([...world.jobs.keys()]);
    },
    stopSample: () => {
      world.sampleRuns = false;
      world.tell([]);
      return done();
    },

    settings: () => later(world.settings),
    saveSettings: (next) => {
      world.settings = next;
      world.tell([]);
      return later(next);
    },
    openLogs: done,
    openFolder: done,
    showMain: done,
    showCompact: done,
    answerClose: done,
    stay: done,
    answerLink: done,
    quit: done,
  };
}

/** Every value with every other: how many exports, and what the first of them would be called. */
function comesTo(wanted: NewExport): { jobs: number; titles: string[] } {
  const values = new Map<string, string[]>();
  for (const [name, value] of wanted.given) values.set(name, [...(values.get(name) ?? []), value]);
  let titles = [''];
  for (const some of values.values()) titles = titles.flatMap((title) => some.map((value) => (title === '' ? value : `${title}, ${value}`)));
  return { jobs: titles.length, titles: titles.slice(0, 20) };
}

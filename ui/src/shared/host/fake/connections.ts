import type { ChoiceView, ComparisonView, ConnectionView, ConnectorView, ExportForm, ParamField } from '../../wire';

function field(name: string, label: string, change: Partial<ParamField>): ParamField {
  return {
    name, label, help: null, kind: 'text', choices: [], fetched: false, default: null, required: false, many: false, min: null, max: null, maxItems: null, maxLength: null, pattern: null, unit: null, dependsOn: null, example: '',
    ...change,
  };
}

const clips = [
  field('camera', 'Camera', { kind: 'choice', fetched: true, required: true, many: true, help: 'Several cameras make several exports', example: 'quay-7' }),
  field('interval', 'Time', { kind: 'interval', required: true, many: true, help: 'From and to, at most four hours', example: '2026-11-21 06:00/07:00' }),
  field('format', 'Format', { kind: 'choice', default: 'mp4', choices: [{ value: 'mp4', label: 'MP4, as recorded' }, { value: 'mkv', label: 'Matroska' }], example: 'mp4' }),
  field('blur', 'Blur faces', { kind: 'boolean', default: 'false', example: 'true' }),
];

const reports = [
  field('project', 'Project', { kind: 'choice', fetched: true, required: true, example: 'Neubau Süd' }),
  field('section', 'Section', { kind: 'choice', fetched: true, dependsOn: 'project', example: 'Level 2' }),
  field('format', 'Format', { kind: 'choice', default: 'xlsx', required: true, many: true, choices: [{ value: 'xlsx', label: 'Excel' }, { value: 'csv', label: 'CSV' }, { value: 'pdf', label: 'PDF' }], example: 'xlsx' }),
  field('tolerance', 'Tolerance', { kind: 'number', min: 0, max: 50, default: '5', unit: 'mm', example: '5' }),
  field('options', 'Options', { kind: 'json', example: '{"deep": true}', help: 'Handed on as they are' }),
];

const packages = [
  field('environment', 'Environment', { required: true, pattern: '[a-z0-9-]+', maxLength: 40, example: 'clienta-uat' }),
  field('providers', 'Providers', { kind: 'list', maxItems: 12, example: 'users, workflows', help: 'Empty means all' }),
  field('at', 'As of', { kind: 'datetime', example: '2026-11-23 10:00' }),
  field('keep', 'Keep for', { kind: 'duration', default: '24h', example: '24h' }),
];

export function connectorsOf(): ConnectorView[] {
  const token = [{ name: 'token', label: 'Token', isPublic: false }];
  const person = [{ name: 'user', label: 'User', isPublic: true }, { name: 'password', label: 'Password', isPublic: false }];
  return [
    { id: 'clips', name: 'Camera clips', help: 'Clips of recorded cameras', origin: 'built-in', signIn: [token], hosts: [], params: clips },
    { id: 'reports', name: 'Take-off reports', help: 'Quantities and reports of a project', origin: 'built-in', signIn: [token, person], hosts: ['files.example.com'], params: reports },
    { id: 'packages', name: 'Data packages', help: 'Packages of an environment', origin: 'built-in', signIn: [person], hosts: [], params: packages },
    { id: 'renders', name: 'Render farm', help: null, origin: 'gallery', signIn: [], hosts: ['media.example.net'], params: clips.slice(1) },
    { id: 'tides', name: 'Tide levels', help: 'Written by this office', origin: 'own', signIn: [token], hosts: [], params: reports.slice(0, 2) },
  ];
}

/** The sample's connections, or so many of them that there are `count`; `sealed` says whether the file of secrets is closed. */
export function connectionsOf(count = 4, sealed: 'open' | 'closed' | 'new' = 'open'): ConnectionView[] {
  const settings = { folder: null, limit: null, certificateAuthority: null };
  const shared = { hosts: [], keeping: 'keychain', isClosed: false, instantLinks: false } as const;
  const some: ConnectionView[] = [
    { ...shared, hosts: [], name: 'Harbour cameras', connector: 'clips', connectorName: 'Camera clips', settings: { ...settings, url: 'https://cameras.example.com/', folder: 'Exports/Harbour' }, state: 'ready', active: 0 },
    { ...shared, hosts: ['files.example.com'], name: 'Take-off reports', connector: 'reports', connectorName: 'Take-off reports', settings: { ...settings, url: 'https://reports.example.com/api', limit: 3 }, state: 'ready', active: 0 },
    { ...shared, hosts: [], name: 'Matter packages', connector: 'packages', connectorName: 'Data packages', settings: { ...settings, url: 'https://matter.example.org/' }, state: 'needs-sign-in', active: 0, keeping: 'file', isClosed: sealed === 'closed' },
    { ...shared, hosts: ['media.example.net'], name: 'Render farm', connector: 'renders', connectorName: 'Render farm', settings: { ...settings, url: 'http://render.example.net:8080/' }, state: 'unreachable', active: 0, keeping: 'session', instantLinks: true },
  ];
  return Array.from({ length: count }, (_, index) => ({ ...(some[index % some.length] as ConnectionView), ...(index < some.length ? {} : { name: `Terminal ${index.toString()}, gate cameras and weighbridge` }) }));
}

export function formOf(connection: ConnectionView): ExportForm {
  const connector = connectorsOf().find((one) => one.id === connection.connector);
  return { connection: connection.name, connectorName: connection.connectorName, help: connector?.help ?? null, fields: connector?.params ?? [], folder: connection.settings.folder ?? 'Exports', canExtract: connection.connector === 'packages', templates: [] };
}

export function choicesOf(param: string, given: [string, string][]): ChoiceView[] {
  if (param === 'camera') return Array.from({ length: 12 }, (_, index) => ({ value: `quay-${(index + 1).toString()}`, label: `Quay ${(index + 1).toString()}` }));
  if (param === 'project') return ['Neubau Süd', 'Hafenbecken 4', 'Kranbahn'].map((name) => ({ value: name, label: name }));
  const project = given.find(([name]) => name === 'project')?.[1] ?? '';
  return ['Level 1', 'Level 2', 'Roof'].map((name) => ({ value: name, label: `${name}, ${project}` }));
}

export function comparisonOf(left: string, right: string, many = 0): ComparisonView {
  if (left === right) return { left, right, same: 13, components: [] };
  if (many > 0) return { left, right, same: 9, components: [{ provider: 'workflows', name: 'Intake', change: 'changed', values: Array.from({ length: many }, (_, index) => [`steps[${index.toString()}].limit`, index.toString(), (index + 1).toString()]) }] };
  return {
    left, right, same: 9,
    components: [
      { provider: 'workflows', name: 'Intake', change: 'changed', values: [['steps[2].assignee', '"team-a"', '"team-b"'], ['timeout', '30', '45'], ['notify', null, 'true']] },
      { provider: 'documents', name: 'Letter templates', change: 'changed', values: [['letter.docx', '96,000 bytes', '98,412 bytes']] },
      { provider: 'users', name: 'Auditor', change: 'added', values: [] },
      { provider: 'zones', name: 'Zones', change: 'removed', values: [] },
    ],
  };
}

export function checkConnectorText(text: string): { line: number | null; key: string; message: string; hint: string }[] {
  return text.includes('[submit]') ? [] : [{ line: 1, key: 'submit', message: 'There is no [submit] table', hint: 'Say how an export is asked for; see the reference of connectors' }];
}

// What the page can ask of the app, and nothing else. One implementation speaks to Tauri (`host/tauri.ts`, the only file
// that imports its API), the other plays the app for tests and for looking at views (`host/fake.ts`).
// A refused order rejects with a `Failure`.
import type {
  Ask,
  Change,
  ChoiceView,
  ComparisonView,
  ConnectionSettings,
  ConnectionView,
  ConnectorCheck,
  ConnectorView,
  ExportForm,
  FormCheck,
  JobDetail,
  JobId,
  JobOrder,
  NewConnection,
  NewExport,
  OrderOutcome,
  PackageView,
  Preview,
  SecretsView,
  Settings,
  TableCheck,
  Template,
} from './wire';

/** Ends what was begun. */
export type Stop = () => void;

export interface Host {
  // The list: first everything, then what changed, each acknowledged when `on` has returned.
  watch(on: (change: Change) => void): Promise<Stop>;
  /** What the app asks of the page. */
  asks(on: (ask: Ask) => void): Promise<Stop>;

  // Jobs.
  detail(id: JobId): Promise<JobDetail>;
  /** For each word, in small letters, the jobs of which an id or a landed file's name holds it. */
  find(words: string[]): Promise<JobId[][]>;
  order(ids: JobId[], order: JobOrder): Promise<OrderOutcome[]>;
  pauseAll(): Promise<void>;
  resumeAll(): Promise<void>;
  setPriority(id: JobId, priority: number): Promise<void>;
  openFile(id: JobId, file: number): Promise<void>;
  revealFile(id: JobId, file: number): Promise<void>;
  verify(id: JobId): Promise<boolean>;
  preview(id: JobId, file: number): Promise<Preview>;
  components(id: JobId): Promise<PackageView>;
  compare(left: JobId, right: JobId): Promise<ComparisonView>;
  adopt(connection: string, remoteId: string): Promise<JobId>;
  noticesSeen(numbers: number[]): Promise<void>;

  // A new export.
  form(connection: string): Promise<ExportForm>;
  choices(connection: string, param: string, given: [string, string][]): Promise<ChoiceView[]>;
  checkForm(wanted: NewExport): Promise<FormCheck>;
  request(wanted: NewExport): Promise<JobId[]>;
  /** The same again as a draft, its times moved by so many days. */
  again(id: JobId, days: number): Promise<NewExport>;
  checkTable(connection: string, text: string): Promise<TableCheck>;
  requestTable(wanted: NewExport, text: string): Promise<JobId[]>;
  /** Opens the system's dialog; null when nothing was chosen. */
  chooseFolder(): Promise<string | null>;
  /** Opens the system's dialog for a PEM file; null when nothing was chosen. */
  chooseCertificate(): Promise<string | null>;
  /** Opens the system's dialog and reads the file: name and text. */
  chooseText(): Promise<[string, string] | null>;
  saveTemplate(template: Template): Promise<void>;
  removeTemplate(connection: string, name: string): Promise<void>;

  // Connections and connectors.
  connections(): Promise<ConnectionView[]>;
  connectors(): Promise<ConnectorView[]>;
  secrets(): Promise<SecretsView>;
  /** Opens the sealed file of secrets, or makes it with this pass phrase. */
  unlockSecrets(passPhrase: string): Promise<void>;
  addConnection(wanted: NewConnection): Promise<ConnectionView>;
  changeConnection(connection: string, settings: ConnectionSettings, untested: boolean): Promise<ConnectionView>;
  signIn(connection: string, secrets: Record<string, string>): Promise<void>;
  testConnection(connection: string): Promise<void>;
  removeConnection(connection: string): Promise<void>;
  allowInstantLinks(connection: string, allowed: boolean): Promise<void>;
  checkConnector(name: string, text: string): Promise<ConnectorCheck>;
  addConnector(name: string, text: string): Promise<ConnectorView>;

  // First start: starts the sample service, adds its five connections, asks for one export of each.
  startSample(): Promise<JobId[]>;
  stopSample(): Promise<void>;

  // Settings and the app itself.
  settings(): Promise<Settings>;
  saveSettings(settings: Settings): Promise<Settings>;
  openLogs(): Promise<void>;
  openFolder(): Promise<void>;
  showMain(): Promise<void>;
  showCompact(): Promise<void>;
  answerClose(toTray: boolean, remember: boolean): Promise<void>;
  /** Nothing ends: who closes again is asked again. */
  stay(): Promise<void>;
  answerLink(number: number, accepted: boolean, always: boolean): Promise<void>;
  /** Ends the program within two seconds; nothing is lost. */
  quit(): Promise<void>;
}

// Made from src-tauri/wire by `UPDATE_EXPECT=1 cargo test -p landfall-wire --test typescript`; not to be edited.

/**
 * A job of ours: short, lower case, fit for typing.
 */
export type JobId = string;

/**
 * One per job and for the job's whole life (`X-Correlation-ID`); identifies nobody and holds no secret.
 */
export type CorrelationId = string;

/**
 * Where a job is in its life, in the words a person sees.
 */
export type Phase = "queued" | "submitting" | "waiting" | "preparing" | "resolving" | "downloading" | "verifying" | "extracting" | "landed" | "paused" | "resting" | "needs-sign-in" | "cancelling" | "cancelled" | "failed" | "expired";

/**
 * By which submit it landed.
 */
export type Method = "primary" | "fallback";

/**
 * What became of the server's own copy of the result.
 */
export type AtServer = "kept" | "deleting" | "deleted";

/**
 * What a job waits for that is not in our hands.
 */
export type WaitingFor = "turn" | "time" | "server-queue" | "server" | "network" | "sign-in" | "disk" | "name";

/**
 * One failure, with everything a face needs to show it; holds no secret and no signed URL.
 */
export type Failure = { code: string, name: string, message: string, remediation: string, recoverable: boolean, correlationId: CorrelationId | null, details: unknown, };

/**
 * What was unpacked of a landed package.
 */
export type ExtractedSnapshot = { 
/**
 * Where to.
 */
folder: string, 
/**
 * How many files.
 */
files: number, };

/**
 * One file of a job.
 */
export type FileSnapshot = { 
/**
 * Where it is, under its final name.
 */
path: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Lower-case hex.
 */
sha256: string, 
/**
 * True when size, digest or structure vouched for it; false = landed, but nothing to verify against.
 */
verified: boolean, };

/**
 * A whole job at one moment.
 */
export type JobSnapshot = { 
/**
 * Ours.
 */
id: JobId, 
/**
 * The connection's name; `fetch` has none.
 */
connection: string | null, 
/**
 * The connector's id; `fetch` has none.
 */
connector: string | null, 
/**
 * The server's id, once it has given one.
 */
remoteId: string | null, 
/**
 * Where it is in its life.
 */
phase: Phase, 
/**
 * The server's own word for its stage, or ours for the phase.
 */
stage: string | null, 
/**
 * A sentence of the server about what it does.
 */
message: string | null, 
/**
 * 0 to 100, as far as the server tells.
 */
serverPercent: number | null, 
/**
 * The place in the server's queue, from 1, as far as the server tells.
 */
queuePosition: number | null, 
/**
 * When the server expects to be done.
 */
readyAt: string | null, 
/**
 * When the server's result goes, as far as the server tells.
 */
expiresAt: string | null, 
/**
 * What it waits for, if it does.
 */
waitingFor: WaitingFor | null, 
/**
 * Bytes on disk.
 */
bytes: number, 
/**
 * Bytes of the whole, when known.
 */
total: number | null, 
/**
 * Bytes per second now.
 */
rate: number | null, 
/**
 * Seconds to the end of the download, when that can be told honestly.
 */
etaSeconds: number | null, 
/**
 * No sign of life from the server for longer than the connector expects.
 */
stalled: boolean, 
/**
 * What landed.
 */
files: Array<FileSnapshot>, 
/**
 * What was unpacked of it.
 */
extracted: ExtractedSnapshot | null, 
/**
 * What became of the server's own copy.
 */
atServer: AtServer, 
/**
 * By which submit.
 */
method: Method, 
/**
 * Whose turn comes first: the higher number.
 */
priority: number, 
/**
 * Why it is not (yet) landed; of a landed one, why it could not be unpacked.
 */
error: Failure | null, 
/**
 * The job's correlation id.
 */
correlationId: string, 
/**
 * When it rests until, if it does.
 */
restingUntil: string | null, 
/**
 * Since when nothing has gone forward, if something went wrong.
 */
troubledSince: string | null, 
/**
 * When the wish was written.
 */
createdAt: string, 
/**
 * When anything of it last changed.
 */
updatedAt: string, };

/**
 * One line of a job's timeline.
 */
export type TimelineEntry = { 
/**
 * When.
 */
at: string, 
/**
 * What happened, in words; never a secret or a signed URL.
 */
text: string, };

/**
 * Where a job stands in the list.
 */
export type Section = "active" | "waiting-for-me" | "landed" | "ended";

/**
 * What kind of file a job brings, for its icon.
 */
export type FileKind = "video" | "table" | "document" | "archive" | "package" | "data" | "image" | "other";

/**
 * What a person can want of a job.
 */
export type JobOrder = "open" | "reveal" | "pause" | "resume" | "retry" | "retry-as-new" | "extend" | "sign-in" | "keep-both" | "replace" | "keep-old" | "cancel" | "forget" | "delete";

/**
 * One row of the list. Small on purpose: ten thousand of them cross at once.
 */
export type JobRow = { 
/**
 * Ours.
 */
id: JobId, 
/**
 * What a person would call it: made of its parameters, or the name of what landed.
 */
title: string, 
/**
 * The connection's name; none for a plain download.
 */
connection: string | null, 
/**
 * What it brings.
 */
kind: FileKind, 
/**
 * Three or four letters for its icon, upper case, such as MP4.
 */
badge: string, 
/**
 * Where in the list.
 */
section: Section, 
/**
 * Where in its life.
 */
phase: Phase, 
/**
 * The server's own word for its stage.
 */
stage: string | null, 
/**
 * The server's part of the way, from 0 to 1, as far as it tells.
 */
serverPart: number | null, 
/**
 * The download's part of the way, from 0 to 1, where the size is known.
 */
downloadPart: number | null, 
/**
 * Bytes on disk.
 */
bytes: number, 
/**
 * Bytes of the whole, when known.
 */
total: number | null, 
/**
 * Bytes per second now.
 */
rate: number | null, 
/**
 * Seconds to the end, as far as that can be told honestly: of the download, or of the server's work.
 */
etaSeconds: number | null, 
/**
 * The place in the server's queue, from 1.
 */
queuePosition: number | null, 
/**
 * What it waits for.
 */
waitingFor: WaitingFor | null, 
/**
 * No sign of life from the server for longer than usual.
 */
stalled: boolean, 
/**
 * When it rests until.
 */
restingUntil: string | null, 
/**
 * When the server's result goes.
 */
expiresAt: string | null, 
/**
 * The download will not be done before the server's result goes.
 */
tooLate: boolean, 
/**
 * Every file was checked against something.
 */
verified: boolean, 
/**
 * Files landed.
 */
files: number, 
/**
 * Why it is not landed, or why it could not be unpacked: one sentence.
 */
trouble: string | null, 
/**
 * What to do about it.
 */
remedy: string | null, 
/**
 * What can be ordered now; the first is the one that makes most sense.
 */
orders: Array<JobOrder>, 
/**
 * Whose turn comes first: the higher number.
 */
priority: number, 
/**
 * When the wish was written.
 */
createdAt: string, 
/**
 * When it last changed.
 */
updatedAt: string, };

/**
 * What became of an order.
 */
export type OrderOutcome = { 
/**
 * Of which job.
 */
id: JobId, 
/**
 * Why not, if not.
 */
failure: Failure | null, };

/**
 * A job with all that its pane shows.
 */
export type JobDetail = { 
/**
 * As in the list.
 */
row: JobRow, 
/**
 * Everything known of it, as `landfall show --json` prints it.
 */
job: JobSnapshot, 
/**
 * The name of its connector, for people.
 */
connectorName: string | null, 
/**
 * What was asked for: label and value, in the connector's order.
 */
params: Array<[string, string]>, 
/**
 * Where it lands, for reading.
 */
folder: string, 
/**
 * What happened to it, oldest first.
 */
timeline: Array<TimelineEntry>, 
/**
 * Bytes per second of the last two minutes, a value a second, oldest first; empty before the first byte.
 */
throughput: Array<number>, 
/**
 * What became of the server's copy.
 */
atServer: AtServer, };

/**
 * What is new since the page last acknowledged. One is under way at a time.
 */
export type Change = { "type": "whole", 
/**
 * Acknowledged by this number.
 */
revision: number, 
/**
 * Every job.
 */
rows: Array<JobRow>, 
/**
 * What stands around the list.
 */
desk: Desk, } | { "type": "delta", 
/**
 * Acknowledged by this number.
 */
revision: number, 
/**
 * New and changed jobs.
 */
rows: Array<JobRow>, 
/**
 * Jobs that are no longer in the list.
 */
gone: Array<JobId>, 
/**
 * What stands around the list, where that changed.
 */
desk: Desk | null, };

/**
 * What the app asks of the page, outside of the list.
 */
export type Ask = { "type": "show-job", 
/**
 * Which.
 */
id: JobId, } | { "type": "show-section", 
/**
 * Which.
 */
section: Section, } | { "type": "sign-in", 
/**
 * Which.
 */
connection: string, } | { "type": "new-export" } | { "type": "confirm-export", 
/**
 * Answered by this number.
 */
number: number, 
/**
 * What it wants.
 */
export: NewExport, 
/**
 * What it would be called; of several jobs the first.
 */
title: string, 
/**
 * How many jobs it makes.
 */
jobs: number, 
/**
 * What it asks for, as a person reads it: label and value.
 */
asked: Array<[string, string]>, } | { "type": "confirm-adopt", 
/**
 * Answered by this number.
 */
number: number, 
/**
 * By which connection.
 */
connection: string, 
/**
 * The server's id of the job.
 */
remoteId: string, } | { "type": "bad-link", 
/**
 * Why, and what to do.
 */
failure: Failure, } | { "type": "refused", 
/**
 * Why, and what to do.
 */
failure: Failure, } | { "type": "close-or-tray" } | { "type": "confirm-quit", 
/**
 * How many.
 */
active: number, } | { "type": "dropped", 
/**
 * The file's name.
 */
name: string, 
/**
 * What it says.
 */
text: string, };

/**
 * What stands around the list.
 */
export type Desk = { 
/**
 * The program's version.
 */
version: string, 
/**
 * Nothing was ever set up: no connection, no job.
 */
firstStart: boolean, 
/**
 * The list no longer follows the jobs, through a fault of the program's own; they are safe, and it has to be started
 * anew.
 */
lost: boolean, 
/**
 * The colours that are set.
 */
theme: Theme, 
/**
 * The language that is set.
 */
language: Language, 
/**
 * Everything is paused at a person's word.
 */
allPaused: boolean, 
/**
 * No server can be reached.
 */
offline: boolean, 
/**
 * The sample service runs in the app.
 */
sampleRuns: boolean, 
/**
 * There is a tray to close to.
 */
hasTray: boolean, 
/**
 * Bytes per second of all downloads together.
 */
rate: number, 
/**
 * Room in the folder where exports land, in bytes.
 */
freeBytes: number | null, 
/**
 * That folder, for reading.
 */
folder: string, 
/**
 * How each connection stands.
 */
connections: { [key in string]: ConnectionState }, 
/**
 * What was told and not seen yet, newest first; at most fifty.
 */
notices: Array<Notice>, };

/**
 * What a notice is about.
 */
export type NoticeKind = "landed" | "failed" | "needs-sign-in" | "too-late" | "waits-for-you" | "app";

/**
 * A line of the notice centre.
 */
export type Notice = { 
/**
 * Its number, rising.
 */
number: number, 
/**
 * When.
 */
at: string, 
/**
 * What about.
 */
kind: NoticeKind, 
/**
 * A title and a sentence, in the language that is set.
 */
title: string, 
/**
 * One sentence more.
 */
text: string, 
/**
 * Which job.
 */
job: JobId | null, 
/**
 * Where the jobs are that it is about; none = it is about none.
 */
section: Section | null, };

/**
 * What of a connection can be changed while it is there.
 */
export type ConnectionSettings = { 
/**
 * The server's base URL.
 */
url: string, 
/**
 * Where files go, for reading; none = the default folder.
 */
folder: string | null, 
/**
 * Submits and downloads at once; none = the default.
 */
limit: number | null, 
/**
 * A file of certificates (PEM) that are trusted besides the system's.
 */
certificateAuthority: string | null, };

/**
 * How a connection stands.
 */
export type ConnectionState = "unknown" | "ready" | "needs-sign-in" | "unreachable";

/**
 * Where secrets are kept.
 */
export type SecretKeeping = "keychain" | "file" | "session";

/**
 * What keeping there is on this machine.
 */
export type SecretsView = { 
/**
 * Whether the keychain can be used.
 */
keychain: boolean, 
/**
 * Why not, in a sentence.
 */
whyNot: string | null, 
/**
 * Whether the sealed file is open: it needs its pass phrase once a start.
 */
fileIsOpen: boolean, 
/**
 * Whether nothing was sealed with a pass phrase yet: the one that is typed becomes its own.
 */
fileIsNew: boolean, };

/**
 * One connection.
 */
export type ConnectionView = { 
/**
 * What a person calls it.
 */
name: string, 
/**
 * The connector's id.
 */
connector: string, 
/**
 * The connector's name.
 */
connectorName: string, 
/**
 * Where it leads, and what it may do there.
 */
settings: ConnectionSettings, 
/**
 * Further hosts that get its sign-in.
 */
hosts: Array<string>, 
/**
 * Where its secrets are kept.
 */
keeping: SecretKeeping, 
/**
 * Its secrets are sealed with a pass phrase that was not typed since the start.
 */
isClosed: boolean, 
/**
 * How it stands.
 */
state: ConnectionState, 
/**
 * Jobs that are not over.
 */
active: number, 
/**
 * Web pages may ask for exports here without a question.
 */
instantLinks: boolean, };

/**
 * Where a connector comes from.
 */
export type ConnectorOrigin = "built-in" | "gallery" | "own";

/**
 * A secret that a connector signs in with.
 */
export type SecretField = { 
/**
 * Its name.
 */
name: string, 
/**
 * As it is shown.
 */
label: string, 
/**
 * Typed in the clear: a user's name or a client's id.
 */
isPublic: boolean, };

/**
 * A connector.
 */
export type ConnectorView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * What it is for.
 */
help: string | null, 
/**
 * Where it comes from.
 */
origin: ConnectorOrigin, 
/**
 * Ways to sign in, each with what it needs; one of them is enough.
 */
signIn: Array<Array<SecretField>>, 
/**
 * Hosts besides the connection's own that it will talk to.
 */
hosts: Array<string>, 
/**
 * What it can be asked.
 */
params: Array<ParamField>, };

/**
 * A connection that is to be.
 */
export type NewConnection = { 
/**
 * What a person calls it.
 */
name: string, 
/**
 * The connector's id.
 */
connector: string, 
/**
 * Where it leads, and what it may do there.
 */
settings: ConnectionSettings, 
/**
 * Its secrets by name. Never comes back.
 */
secrets: { [key in string]: string }, 
/**
 * Where they are kept.
 */
keeping: SecretKeeping, 
/**
 * The hosts that were shown and confirmed.
 */
hosts: Array<string>, 
/**
 * Saved although the server cannot be reached now; a refused sign-in is never saved.
 */
untested: boolean, };

/**
 * What a connector file is worth.
 */
export type ConnectorCheck = { 
/**
 * What it describes, when nothing is wrong with it.
 */
connector: ConnectorView | null, 
/**
 * What is wrong with it.
 */
problems: Array<ConnectorProblem>, 
/**
 * It takes the place of one that is there.
 */
replaces: boolean, };

/**
 * One thing that is wrong with a connector file.
 */
export type ConnectorProblem = { 
/**
 * From 1; none = the whole file.
 */
line: number | null, 
/**
 * The key.
 */
key: string, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What to do.
 */
hint: string, };

/**
 * The kind of a field.
 */
export type FieldKind = "text" | "integer" | "number" | "boolean" | "choice" | "datetime" | "interval" | "json" | "duration" | "list";

/**
 * One value of a choice.
 */
export type ChoiceView = { 
/**
 * As it is sent.
 */
value: string, 
/**
 * As it is shown.
 */
label: string, };

/**
 * One field of the form that a connector's parameters make.
 */
export type ParamField = { 
/**
 * The parameter's name.
 */
name: string, 
/**
 * As it is shown.
 */
label: string, 
/**
 * A sentence of help.
 */
help: string | null, 
/**
 * Its kind.
 */
kind: FieldKind, 
/**
 * The values of a choice.
 */
choices: Array<ChoiceView>, 
/**
 * The values are fetched from the server.
 */
fetched: boolean, 
/**
 * Taken when nothing is given, as it is typed.
 */
default: string | null, 
/**
 * There is no export without it.
 */
required: boolean, 
/**
 * Several values make several jobs.
 */
many: boolean, 
/**
 * The smallest number.
 */
min: number | null, 
/**
 * The largest number.
 */
max: number | null, 
/**
 * The most items of a list.
 */
maxItems: number | null, 
/**
 * The most characters of a text.
 */
maxLength: number | null, 
/**
 * A regular expression that the whole text must match.
 */
pattern: string | null, 
/**
 * Shown beside the field.
 */
unit: string | null, 
/**
 * Asked for only when that other parameter has a value.
 */
dependsOn: string | null, 
/**
 * How one is written.
 */
example: string, };

/**
 * The form of a connection.
 */
export type ExportForm = { 
/**
 * The connection.
 */
connection: string, 
/**
 * The connector's name.
 */
connectorName: string, 
/**
 * What it is for.
 */
help: string | null, 
/**
 * Its fields, in the connector's order.
 */
fields: Array<ParamField>, 
/**
 * Where files go unless told otherwise, for reading.
 */
folder: string, 
/**
 * What it brings can be unpacked.
 */
canExtract: boolean, 
/**
 * Templates of this connection.
 */
templates: Array<Template>, };

/**
 * What is wrong with one parameter.
 */
export type ParamFlaw = { 
/**
 * Which; none = the whole.
 */
param: string | null, 
/**
 * What is wrong, and what to write instead.
 */
message: string, };

/**
 * What the form's values come to.
 */
export type FormCheck = { 
/**
 * What is wrong; empty = it can be asked for.
 */
flaws: Array<ParamFlaw>, 
/**
 * How many jobs it makes.
 */
jobs: number, 
/**
 * What the first of them would be called; at most twenty.
 */
titles: Array<string>, };

/**
 * What is done when a file is there already that has the name of one that lands.
 */
export type OnClash = "number" | "skip" | "replace" | "ask";

/**
 * An export that is to be.
 */
export type NewExport = { 
/**
 * By which connection.
 */
connection: string, 
/**
 * Name and value as typed; a name may stand several times where several values make several jobs.
 */
given: Array<[string, string]>, 
/**
 * Where to, as a dialog of the app gave it; none = the connection's folder.
 */
folder: string | null, 
/**
 * The file's name, instead of the connector's or the server's.
 */
name: string | null, 
/**
 * Unpack what lands.
 */
extract: boolean, 
/**
 * Whose turn comes first: the higher number.
 */
priority: number, 
/**
 * Not asked for before then; none = at once.
 */
notBefore: string | null, 
/**
 * What is done when a name is in use that a file is to get; none = as it is set.
 */
onClash: OnClash | null, };

/**
 * An export kept for the next time.
 */
export type Template = { 
/**
 * What a person calls it.
 */
name: string, 
/**
 * What is asked for.
 */
export: NewExport, 
/**
 * When it was last used its times stood so many days before the day of use: they are shifted along.
 */
shiftsTimes: boolean, };

/**
 * A table of wishes, looked at before anything is asked for.
 */
export type TableCheck = { 
/**
 * What is wrong with the whole, such as a column that the connector does not have.
 */
flaw: ParamFlaw | null, 
/**
 * The columns, in their order.
 */
columns: Array<string>, 
/**
 * The first five hundred rows, and those further down that cannot be asked for; a thousand at most.
 */
rows: Array<TableRow>, 
/**
 * How many rows there are.
 */
total: number, 
/**
 * How many exports those make that can be asked for.
 */
exports: number, 
/**
 * How many of the rows cannot be asked for.
 */
flawed: number, };

/**
 * One row of a table of wishes.
 */
export type TableRow = { 
/**
 * Its line in the text, from 1.
 */
line: number, 
/**
 * What it would be called.
 */
title: string, 
/**
 * Its cells, in the order of the columns.
 */
cells: Array<string>, 
/**
 * What is wrong with it.
 */
flaw: ParamFlaw | null, };

/**
 * The beginning of a landed file.
 */
export type Preview = { "type": "table", 
/**
 * The first row.
 */
columns: Array<string>, 
/**
 * The rows after it; at most fifty.
 */
rows: Array<Array<string>>, 
/**
 * There are more.
 */
more: boolean, 
/**
 * The sheet's name, of a workbook.
 */
sheet: string | null, } | { "type": "json", 
/**
 * The value; long lists and texts are cut.
 */
value: unknown, 
/**
 * Something was cut.
 */
more: boolean, } | { "type": "picture", 
/**
 * A `data:` URL.
 */
source: string, 
/**
 * What it shows, for those who cannot see it.
 */
alt: string, 
/**
 * What else is known: pages, length, size in pixels.
 */
facts: Array<[string, string]>, } | { "type": "text", 
/**
 * At most some hundred lines.
 */
text: string, 
/**
 * There is more.
 */
more: boolean, } | { "type": "listing", 
/**
 * Name and bytes; at most two hundred.
 */
entries: Array<[string, number]>, 
/**
 * How many there are.
 */
total: number, } | { "type": "none", 
/**
 * Why.
 */
why: string, };

/**
 * What a landed package holds.
 */
export type PackageView = { 
/**
 * What the manifest calls it.
 */
name: string, 
/**
 * What else the manifest says: label and value.
 */
facts: Array<[string, string]>, 
/**
 * Its components.
 */
components: Array<PackageComponent>, };

/**
 * One component of a package.
 */
export type PackageComponent = { 
/**
 * Its provider.
 */
provider: string, 
/**
 * Whether the provider is one that the connector knows.
 */
isKnown: boolean, 
/**
 * Its name.
 */
name: string, 
/**
 * Its bytes.
 */
size: number, };

/**
 * How two packages differ.
 */
export type ComparisonView = { 
/**
 * What the left one is called.
 */
left: string, 
/**
 * What the right one is called.
 */
right: string, 
/**
 * Components that differ.
 */
components: Array<ComponentChange>, 
/**
 * How many are the same.
 */
same: number, };

/**
 * One component that differs.
 */
export type ComponentChange = { 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its name.
 */
name: string, 
/**
 * How it differs.
 */
change: ChangeView, 
/**
 * What differs in it: where, left, right; left or right is none where there is nothing.
 */
values: Array<[string, string | null, string | null]>, };

/**
 * How a component differs.
 */
export type ChangeView = "added" | "removed" | "changed";

/**
 * The colours.
 */
export type Theme = "system" | "light" | "dark";

/**
 * The language of texts.
 */
export type Language = "system" | "en" | "de" | "zh";

/**
 * Another speed limit for a part of the day.
 */
export type NightRate = { 
/**
 * From this minute of the local day, 0 to 1439.
 */
from: number, 
/**
 * To this minute; before `from`, it goes over midnight.
 */
to: number, 
/**
 * Bytes per second of all downloads together; none = no limit.
 */
rate: number | null, };

/**
 * Everything that can be set. A missing key has its default.
 */
export type Settings = { 
/**
 * Where exports land unless the connection says otherwise; none = the person's folder for downloads.
 */
folder: string | null, 
/**
 * How files are named, instead of the connector's or the server's name; none = as those say.
 */
nameTemplate: string | null, 
/**
 * What is done when a name is in use that a file is to get.
 */
onClash: OnClash, 
/**
 * Submits and downloads at once per connection, unless the connection says otherwise.
 */
atOnce: number, 
/**
 * Downloads at once of all connections together.
 */
downloadsAtOnce: number, 
/**
 * Bytes per second of all downloads together; none = no limit.
 */
rate: number | null, 
/**
 * Another limit for a part of the day.
 */
nightRate: NightRate | null, 
/**
 * A proxy's URL; none = as the system says.
 */
proxy: string | null, 
/**
 * A file of certificates (PEM) trusted besides the system's.
 */
certificateAuthority: string | null, 
/**
 * A file with a client certificate and its key (PEM).
 */
clientCertificate: string | null, 
/**
 * Tell when something lands.
 */
notifyLanded: boolean, 
/**
 * Tell when something fails or waits for a person.
 */
notifyTrouble: boolean, 
/**
 * Start with the session, hidden.
 */
autostart: boolean, 
/**
 * Closing the window goes to the tray; none = ask the next time.
 */
closeToTray: boolean | null, 
/**
 * Minimising the window opens the compact one.
 */
minimiseToCompact: boolean, 
/**
 * The colours.
 */
theme: Theme, 
/**
 * The language.
 */
language: Language, 
/**
 * Landed and ended jobs leave the list after so many days; none = never.
 */
keepDays: number | null, 
/**
 * More in the log.
 */
verboseLog: boolean, };

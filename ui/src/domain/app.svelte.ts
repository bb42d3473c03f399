import { createContext } from 'svelte';
import { failureOf } from '../shared/failure';
import type { Host, Stop } from '../shared/host';
import { language } from '../shared/i18n';
import { router } from '../shared/router';
import { applyTheme } from '../shared/theme';
import type { Ask, Change, Desk, Failure, JobId, JobOrder, JobRow, Section, Settings } from '../shared/wire';
import { orderFace } from './jobs/orders';
import { JobList, type Bringing } from './jobs/list.svelte';
import { JobStore } from './jobs/store.svelte';

/** What the app asks and a person answers in a dialog. */
export type OpenAsk = Exclude<Ask, { type: 'show-job' } | { type: 'new-export' } | { type: 'dropped' } | { type: 'refused' }>;

/** Orders that cannot be taken back, before they are given. */
export interface Question {
  order: JobOrder;
  rows: JobRow[];
}

/** What a page knows of the app behind it: jobs, settings, what was asked and what went wrong. */
export class App {
  readonly host: Host;
  readonly jobs = new JobStore();
  readonly list: JobList;
  /** Why the app does not answer, if it does not. */
  failure = $state.raw<Failure | null>(null);
  settings = $state.raw<Settings | null>(null);
  /** What the app asks, oldest first. */
  asks = $state.raw<readonly OpenAsk[]>([]);
  question = $state.raw<Question | null>(null);
  /** Orders that went wrong, until they are put away; at most three. */
  troubles = $state.raw<readonly Failure[]>([]);
  #stops: Stop[] = [];
  /** What is to be brought up as soon as it is there. */
  #awaited: { id: JobId; how: Bringing; sought: boolean } | null = null;

  constructor(host: Host) {
    this.host = host;
    this.list = new JobList(this.jobs, (words) => host.find(words));
  }

  /** Begins to hear of the app; once more where it did not answer. */
  async start(): Promise<void> {
    this.stop();
    this.failure = null;
    try {
      this.take(await this.host.settings());
      this.#stops.push(await this.host.asks((ask) => this.heed(ask)));
      await this.#watch();
    } catch (caught) {
      this.failure = failureOf(caught);
    }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Takes over settings that were read or saved. */
  take(settings: Settings): void {
    this.settings = settings;
    language.use(settings.language);
    applyTheme(settings.theme);
  }

  /** Speaks and is coloured as it is set, also where that was set in another window. */
  #follow(desk: Desk): void {
    language.use(desk.language);
    applyTheme(desk.theme);
  }

  heed(ask: Ask): void {
    if (ask.type === 'show-job') {
      router.go({ view: 'list' });
      this.bringUp(ask.id);
    } else if (ask.type === 'show-section') this.showSection(ask.section);
    else if (ask.type === 'sign-in') router.go({ view: 'connections', signIn: ask.connection });
    else if (ask.type === 'new-export') router.go({ view: 'new-export' });
    else if (ask.type === 'dropped') this.#dropped(ask.name, ask.text);
    else if (ask.type === 'refused') this.trouble(ask.failure);
    // A link that is asked about already, such as by a page that was loaded again, is asked about once.
    else if ('number' in ask && this.asks.some((one) => 'number' in one && one.number === ask.number)) return;
    // The same question again, such as of who closes twice, takes the place of the one that stands.
    else this.asks = [...this.asks.filter((one) => !isAboutEnding(one) || one.type !== ask.type), ask];
  }

  /** Shows all of a section, whatever was searched for before. */
  showSection(section: Section): void {
    router.go({ view: 'list' });
    this.list.widen();
    this.list.goTo(section);
  }

  /**
   * Brings a job up, now or as soon as the app has told of it: asks come before the list, and a new job after its order. Of one
   * that is no longer there, such as a notice may name, that is said.
   */
  bringUp(id: JobId, how: Bringing = 'open'): void {
    this.#awaited = { id, how, sought: false };
    this.#bringAwaited();
  }

  /** Puts the oldest ask away. */
  answered(): void {
    this.asks = this.asks.slice(1);
  }

  /** Gives an order, after a question where it cannot be taken back. */
  order(order: JobOrder, rows: JobRow[]): Promise<void> {
    const fitting = rows.filter((row) => row.orders.includes(order));
    const first = fitting[0];
    if (first === undefined) return Promise.resolve();
    if (fitting.some((row) => orderFace(order, row).danger)) {
      this.question = { order, rows: fitting };
      return Promise.resolve();
    }
    return this.carryOut(order, fitting);
  }

  /** Gives an order without a question. */
  carryOut(order: JobOrder, rows: JobRow[]): Promise<void> {
    const first = rows[0];
    if (first === undefined) return Promise.resolve();
    if (order === 'open') return this.#open(rows);
    return this.attempt(async () => {
      if (order === 'reveal') await this.host.revealFile(first.id, 0);
      else if (order === 'sign-in') router.go({ view: 'connections', ...(first.connection === null ? {} : { signIn: first.connection }) });
      else {
        const outcomes = await this.host.order(rows.map((row) => row.id), order);
        for (const { failure } of outcomes) if (failure !== null) this.trouble(failure);
      }
    });
  }

  /** Does something, and shows why where it is refused. */
  async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (caught) {
      this.trouble(failureOf(caught));
    }
  }

  trouble(failure: Failure): void {
    if (this.troubles.some((one) => one.message === failure.message)) return;
    this.troubles = [...this.troubles, failure].slice(-3);
  }

  putAway(failure: Failure): void {
    this.troubles = this.troubles.filter((one) => one !== failure);
  }

  /** Opens each, one after the other; one that cannot be opened keeps none of the others shut. */
  async #open(rows: readonly JobRow[]): Promise<void> {
    for (const { id } of rows) await this.attempt(() => this.host.openFile(id, 0));
  }

  #bringAwaited(): void {
    const awaited = this.#awaited;
    if (awaited === null) return;
    if (this.list.bringUp(awaited.id, awaited.how)) this.#awaited = null;
    else if (this.jobs.ready && !awaited.sought) {
      awaited.sought = true;
      void this.host.detail(awaited.id).catch((caught: unknown) => {
        if (this.#awaited !== awaited) return;
        this.#awaited = null;
        this.trouble(failureOf(caught));
      });
    }
  }

  async #watch(): Promise<void> {
    const link: { stop?: Stop } = {};
    const hear = (change: Change): void => {
      if (this.jobs.apply(change)) {
        if (change.desk !== null) this.#follow(change.desk);
        // Of a frame that is asked for within a frame the one before has been painted.
        if (change.type === 'whole') requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('list')));
        this.#bringAwaited();
        return;
      }
      // What came does not go with what is here: everything is to be told anew.
      link.stop?.();
      void this.attempt(() => this.#watch());
    };
    link.stop = await this.host.watch(hear);
    this.#stops.push(link.stop);
  }

  #dropped(name: string, text: string): void {
    if (name.toLowerCase().endsWith('.toml')) router.go({ view: 'connectors', dropped: { name, text } });
    else router.go({ view: 'new-export', dropped: { name, text } });
  }
}

const isAboutEnding = (ask: OpenAsk): boolean => ask.type === 'close-or-tray' || ask.type === 'confirm-quit';

export const [useApp, provideApp] = createContext<App>();

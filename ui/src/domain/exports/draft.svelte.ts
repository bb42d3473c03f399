import { distinct } from '../../shared/distinct';
import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { ExportForm, Failure, FormCheck, JobId, NewExport, OnClash, ParamField, Template } from '../../shared/wire';
import { Choices } from './choices.svelte';
import { intervalFlaw } from './times';
import { defaultsOf, factorsOf, givenOf, isAsked, shiftedValues, valuesOf, type FieldValues } from './values';

/** An export that is being made: the form of a connection, what is filled in, and what the app says to it. */
export class ExportDraft {
  form = $state.raw<ExportForm | null>(null);
  /** Why there is no form. */
  failure = $state.raw<Failure | null>(null);
  values = $state.raw<FieldValues>({});
  folder = $state<string | null>(null);
  name = $state('');
  extract = $state(false);
  priority = $state(0);
  /** What is done about a name that is in use; null = as it is set. */
  onClash = $state<OnClash | null>(null);
  /** Not before that time, in UTC; empty = at once. */
  notBefore = $state('');
  /** Its answer belongs to what stood in the form a moment ago; a newer one is under way where `checking`. */
  check = $state.raw<FormCheck | null>(null);
  checking = $state(false);
  asking = $state(false);
  /** Why it could not be asked for. */
  refusal = $state.raw<Failure | null>(null);
  readonly choices: Choices;
  #touched = $state.raw<ReadonlySet<string>>(new Set());
  #pressed = $state(false);
  #revision = 0;
  #loads = 0;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    this.choices = new Choices(host);
  }

  /** Begins with the form of a connection, filled in as a draft says. */
  async load(connection: string, draft?: NewExport): Promise<void> {
    this.#loads += 1;
    const load = this.#loads;
    this.failure = null;
    this.form = null;
    try {
      const form = await this.#host.form(connection);
      if (load !== this.#loads) return;
      this.form = { ...form, fields: distinct(form.fields, ({ name }) => name) };
      this.values = defaultsOf(form.fields);
      this.folder = null;
      this.name = '';
      this.extract = false;
      this.priority = 0;
      this.onClash = null;
      this.notBefore = '';
      this.#untouch();
      if (draft === undefined) this.#changed();
      else this.fill(draft);
      this.choices.look(form, this.values);
    } catch (caught) {
      if (load === this.#loads) this.failure = failureOf(caught);
    }
  }

  /** Looks for templates anew, without touching what is filled in. */
  async reloadTemplates(): Promise<void> {
    if (this.form === null) return;
    const { templates } = await this.#host.form(this.form.connection);
    this.form = { ...this.form, templates };
  }

  /** Fills in what a template or an earlier export says. */
  fill(draft: NewExport): void {
    if (this.form === null) return;
    const given = valuesOf(this.form.fields, draft.given);
    const has = new Set(draft.given.map(([name]) => name));
    const defaults = defaultsOf(this.form.fields);
    this.values = Object.fromEntries(this.form.fields.map(({ name }) => [name, (has.has(name) ? given[name] : defaults[name]) ?? []]));
    this.folder = draft.folder;
    this.name = draft.name ?? '';
    this.extract = draft.extract;
    this.priority = draft.priority;
    this.onClash = draft.onClash;
    this.choices.look(this.form, this.values);
    this.#changed();
  }

  /** A field has other values now. What depends on it is chosen anew. */
  set(field: ParamField, values: readonly string[]): void {
    const next: Record<string, readonly string[]> = { ...this.values, [field.name]: values };
    for (const other of this.fields) if (other.dependsOn === field.name && other.fetched) next[other.name] = [];
    this.values = next;
    this.touch(field.name);
    if (this.form !== null) this.choices.look(this.form, next);
    this.#changed();
  }

  /** All times so many days of the wall later. */
  shift(days: number): void {
    this.values = shiftedValues(this.fields, this.values, days);
    this.#changed();
  }

  /** A person was at that field: what is wrong with it may be said. */
  touch(name: string): void {
    if (!this.#touched.has(name)) this.#touched = new Set([...this.#touched, name]);
  }

  setName(name: string): void {
    this.name = name;
    this.#changed();
  }

  get fields(): readonly ParamField[] {
    return this.form?.fields ?? [];
  }

  /** Whether there are times that could be moved. */
  get hasTimes(): boolean {
    return this.fields.some(({ kind, name }) => (kind === 'datetime' || kind === 'interval') && (this.values[name]?.length ?? 0) > 0);
  }

  /** The fields that are asked for now. */
  get asked(): ParamField[] {
    return this.fields.filter((field) => isAsked(field, this.values));
  }

  /** What is wrong with a field, once a person was there or tried to export. */
  flawOf(name: string): string | null {
    if (!this.#touched.has(name) && !this.#pressed) return null;
    return this.check?.flaws.find((flaw) => flaw.param === name)?.message ?? null;
  }

  /** What is wrong with the whole. */
  get wholeFlaws(): string[] {
    if (!this.#pressed && this.#touched.size === 0) return [];
    return (this.check?.flaws ?? []).filter(({ param }) => param === null || !this.asked.some(({ name }) => name === param)).map(({ message }) => message);
  }

  /** The first field with a flaw, after somebody tried to export. */
  get firstFlawed(): string | null {
    return this.asked.find(({ name }) => this.check?.flaws.some(({ param }) => param === name))?.name ?? null;
  }

  get wanted(): NewExport {
    return {
      connection: this.form?.connection ?? '',
      given: givenOf(this.fields, this.values),
      folder: this.folder,
      name: this.name.trim() === '' ? null : this.name.trim(),
      extract: this.extract && (this.form?.canExtract ?? false),
      priority: this.priority,
      notBefore: this.notBefore === '' ? null : this.notBefore,
      onClash: this.onClash,
    };
  }

  get factors(): { label: string; count: number }[] {
    return factorsOf(this.fields, this.values);
  }

  /** Asks for it. Null where something is wrong; that is then said. */
  async request(): Promise<JobId[] | null> {
    if (this.asking || this.form === null) return null;
    this.asking = true;
    this.#pressed = true;
    this.refusal = null;
    try {
      await this.#settled();
      if ((this.check?.flaws.length ?? 0) > 0 || this.#hasBrokenInterval()) return null;
      return await this.#host.request(this.wanted);
    } catch (caught) {
      this.refusal = failureOf(caught);
      return null;
    } finally {
      this.asking = false;
    }
  }

  async saveTemplate(name: string, shiftsTimes: boolean): Promise<void> {
    const template: Template = { name: name.trim(), export: this.wanted, shiftsTimes };
    await this.#host.saveTemplate(template);
    await this.reloadTemplates();
  }

  async removeTemplate(name: string): Promise<void> {
    await this.#host.removeTemplate(this.form?.connection ?? '', name);
    await this.reloadTemplates();
  }

  #hasBrokenInterval(): boolean {
    return this.asked.some((field) => field.kind === 'interval' && (this.values[field.name] ?? []).some((value) => intervalFlaw(value) !== null));
  }

  #untouch(): void {
    this.#touched = new Set();
    this.#pressed = false;
    this.check = null;
    this.refusal = null;
  }

  #running: Promise<void> | null = null;

  #changed(): void {
    this.#revision += 1;
    this.refusal = null;
    this.#running ??= this.#checkOn().finally(() => {
      this.#running = null;
    });
  }

  async #settled(): Promise<void> {
    if (this.#running !== null) await this.#running;
    else this.#changed();
    await this.#running;
  }

  /** One check at a time: what is typed meanwhile is checked after it, all at once, and an answer to older values is dropped. */
  async #checkOn(): Promise<void> {
    this.checking = true;
    try {
      for (let seen = -1; seen !== this.#revision; ) {
        seen = this.#revision;
        const check = await this.#host.checkForm(this.wanted);
        if (seen === this.#revision) this.check = check;
      }
    } catch (caught) {
      this.refusal = failureOf(caught);
    } finally {
      this.checking = false;
    }
  }
}

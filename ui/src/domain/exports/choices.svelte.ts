import { distinct } from '../../shared/distinct';
import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { ChoiceView, ExportForm, Failure, ParamField } from '../../shared/wire';
import { givenOf, isAsked, type FieldValues } from './values';

/** How the values of a fetched choice stand. */
export type Fetched = { state: 'loading' } | { state: 'ready'; choices: ChoiceView[] } | { state: 'failed'; failure: Failure };

/** The choices of a form that are fetched from the server, again whenever what they depend on changes. */
export class Choices {
  #known = $state.raw<Readonly<Record<string, Fetched>>>({});
  /** For which form and parent values each was fetched. */
  #for = new Map<string, string>();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  of(field: ParamField): Fetched {
    if (!field.fetched) return { state: 'ready', choices: distinct(field.choices, ({ value }) => value) };
    return this.#known[field.name] ?? { state: 'loading' };
  }

  /** Fetches what is needed now and was not fetched for these values. */
  look(form: ExportForm, values: FieldValues): void {
    for (const field of form.fields) {
      if (!field.fetched || !isAsked(field, values)) continue;
      const parent = field.dependsOn === null ? [] : (values[field.dependsOn] ?? []);
      const wanted = JSON.stringify([form.connection, parent]);
      if (this.#for.get(field.name) === wanted) continue;
      this.#for.set(field.name, wanted);
      void this.#fetch(form, field, values, wanted);
    }
  }

  /** Tries again what could not be fetched. */
  retry(form: ExportForm, field: ParamField, values: FieldValues): void {
    this.#for.delete(field.name);
    this.look(form, values);
  }

  async #fetch(form: ExportForm, field: ParamField, values: FieldValues, wanted: string): Promise<void> {
    this.#set(field.name, { state: 'loading' });
    let answer: Fetched;
    try {
      const choices = await this.#host.choices(form.connection, field.name, givenOf(form.fields, values));
      answer = { state: 'ready', choices: distinct(choices, ({ value }) => value) };
    } catch (caught) {
      answer = { state: 'failed', failure: failureOf(caught) };
    }
    if (this.#for.get(field.name) === wanted) this.#set(field.name, answer);
  }

  #set(name: string, fetched: Fetched): void {
    this.#known = { ...this.#known, [name]: fetched };
  }
}

// The values of a form's fields, and how they become what is given: name and value, a name several times where it has several.
import type { FieldKind, ParamField } from '../../shared/wire';
import { shifted } from './times';

/** The values of each field by its name. A field of one value has at most one. */
export type FieldValues = Readonly<Record<string, readonly string[]>>;

/** Values that stand apart by commas in what is given have their own commas marked. */
const marked = (value: string): string => value.replaceAll(',', '\\,');

/** The parts between commas that are not marked. */
export function parts(text: string): string[] {
  return text
    .split(/(?<!\\),/)
    .map((part) => part.replaceAll('\\,', ',').trim())
    .filter((part) => part !== '');
}

/** Whether a field takes several values. */
export const isSeveral = (field: ParamField): boolean => field.many || field.kind === 'list';

/** Whether its commas part values. A list of many keeps its own: each of its values is a whole list. */
const commasPart = (field: ParamField): boolean => (field.many && field.kind !== 'list') || (field.kind === 'list' && !field.many);

/** A number written with a comma, as half of Europe does, is a number. */
const plain = (kind: FieldKind, value: string): string => (kind === 'number' && /^[+-]?\d+,\d+$/.test(value.trim()) ? value.replace(',', '.') : value);

/** What a form begins with: the defaults. */
export function defaultsOf(fields: readonly ParamField[]): FieldValues {
  return Object.fromEntries(fields.map((field) => [field.name, firstValues(field)]));
}

function firstValues(field: ParamField): string[] {
  if (field.default === null) return field.kind === 'boolean' && field.required ? ['false'] : [];
  return commasPart(field) && field.kind !== 'json' ? parts(field.default) : [field.default];
}

/** What was given, as values of the fields; names that the form does not have are left out. */
export function valuesOf(fields: readonly ParamField[], given: readonly (readonly [string, string])[]): FieldValues {
  const values = Object.fromEntries(fields.map((field) => [field.name, [] as string[]]));
  for (const [name, value] of given) {
    const field = fields.find((one) => one.name === name);
    if (field !== undefined && value !== '') values[name]?.push(...(commasPart(field) ? parts(value) : [value]));
  }
  return values;
}

/** Whether a field is asked for: the one that it depends on has a value. */
export function isAsked(field: ParamField, values: FieldValues): boolean {
  if (field.dependsOn === null) return true;
  return (values[field.dependsOn] ?? []).some((value) => value !== '' && value !== 'false');
}

/** Name and value of everything that is asked for and filled in. */
export function givenOf(fields: readonly ParamField[], values: FieldValues): [string, string][] {
  return fields
    .filter((field) => isAsked(field, values))
    .flatMap((field) =>
      (values[field.name] ?? [])
        .map((value) => plain(field.kind, value))
        .filter((value) => value.trim() !== '')
        .map((value): [string, string] => [field.name, commasPart(field) ? marked(value) : value]),
    );
}

/** The fields that multiply, with how many values each has. */
export function factorsOf(fields: readonly ParamField[], values: FieldValues): { label: string; count: number }[] {
  return fields
    .filter((field) => field.many && isAsked(field, values))
    .map((field) => ({ label: field.label, count: (values[field.name] ?? []).length }))
    .filter(({ count }) => count > 1);
}

/** The same values with all their times so many days later. */
export function shiftedValues(fields: readonly ParamField[], values: FieldValues, days: number): FieldValues {
  const moved = { ...values };
  for (const field of fields) {
    if (field.kind !== 'datetime' && field.kind !== 'interval') continue;
    moved[field.name] = (values[field.name] ?? []).map((value) => value.split('/').map((end) => shifted(end, days)).join('/'));
  }
  return moved;
}

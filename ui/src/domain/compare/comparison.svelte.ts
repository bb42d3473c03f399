import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import { text } from '../../shared/i18n';
import type { ChangeView, ComparisonView, ComponentChange, Failure, JobId } from '../../shared/wire';

/** One line of the list: a component, or a value that differs in the component above it. */
export type Line = { type: 'component'; key: string; component: ComponentChange } | { type: 'value'; key: string; where: string; left: string | null; right: string | null };

export const kinds: readonly ChangeView[] = ['added', 'removed', 'changed'];

/** How two packages differ, and which of that is looked at. */
export class Comparison {
  view = $state.raw<ComparisonView | null>(null);
  failure = $state.raw<Failure | null>(null);
  kind = $state<ChangeView | 'all'>('all');
  words = $state('');
  readonly lines = $derived.by(() => this.#lines());
  readonly counts = $derived.by(() => {
    const counts: Record<ChangeView, number> = { added: 0, removed: 0, changed: 0 };
    for (const { change } of this.view?.components ?? []) counts[change] += 1;
    return counts;
  });
  #loads = 0;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async load(left: JobId, right: JobId): Promise<void> {
    this.#loads += 1;
    const load = this.#loads;
    this.failure = null;
    this.view = null;
    try {
      const view = await this.#host.compare(left, right);
      if (load === this.#loads) this.view = view;
    } catch (caught) {
      if (load === this.#loads) this.failure = failureOf(caught);
    }
  }

  /** Everything is looked at again. */
  clear(): void {
    this.kind = 'all';
    this.words = '';
  }

  /** What is shown, as text: a line each, values set in below their component. */
  asText(): string {
    const { view } = this;
    if (view === null) return '';
    const signs: Record<ChangeView, string> = { added: '+', removed: '-', changed: '~' };
    const nothing = text('compare.nothing');
    const lines = this.lines.map((line) =>
      line.type === 'component'
        ? `${signs[line.component.change]} ${line.component.provider} / ${line.component.name}`
        : `    ${line.where}: ${line.left ?? nothing} → ${line.right ?? nothing}`,
    );
    return [`${view.left} → ${view.right}`, ...lines, ''].join('\n');
  }

  #lines(): Line[] {
    const words = this.words.trim().toLowerCase();
    const has = (...texts: (string | null)[]): boolean => texts.some((one) => one?.toLowerCase().includes(words) ?? false);
    const lines: Line[] = [];
    for (const [index, component] of (this.view?.components ?? []).entries()) {
      if (this.kind !== 'all' && component.change !== this.kind) continue;
      const isNamed = words === '' || has(component.name, component.provider);
      // Of a component that is named all values are shown, of another those that have the words.
      const entries = [...component.values.entries()];
      const values = isNamed ? entries : entries.filter(([, value]) => has(...value));
      if (!isNamed && values.length === 0) continue;
      lines.push({ type: 'component', key: index.toString(), component });
      // What differs may stand twice at one place, so a line is known by its number.
      for (const [number, [where, left, right]] of values) lines.push({ type: 'value', key: `${index.toString()} ${number.toString()}`, where, left, right });
    }
    return lines;
  }
}

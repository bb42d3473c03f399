import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { Failure, Settings } from '../../shared/wire';

/** The name of a setting. */
export type SettingName = keyof Settings;

/** The last change that was kept, to be taken back. */
export interface Kept {
  name: SettingName;
  undone: boolean;
}

/** The settings: each change is saved at once, in its turn; a refused one is rolled back and says why at its field. */
export class SettingsDesk {
  /** As they show: with the changes that are under way. */
  shown = $state.raw<Settings | null>(null);
  /** Why there are none. */
  failure = $state.raw<Failure | null>(null);
  refused = $state.raw<Readonly<Partial<Record<SettingName, Failure | undefined>>>>({});
  kept = $state.raw<Kept | null>(null);
  #saved: Settings | null = null;
  #before: Partial<Settings> = {};
  #turn: Promise<void> = Promise.resolve();
  #waiting: Partial<Settings>[] = [];
  readonly #host: Host;
  readonly #onsaved: (settings: Settings) => void;

  constructor(host: Host, onsaved: (settings: Settings) => void) {
    this.#host = host;
    this.#onsaved = onsaved;
  }

  async load(): Promise<void> {
    this.failure = null;
    try {
      this.#saved = await this.#host.settings();
      this.shown = this.#saved;
    } catch (caught) {
      this.failure = failureOf(caught);
    }
  }

  /** Sets one and saves it. */
  set<Name extends SettingName>(name: Name, value: Settings[Name]): Promise<void> {
    return this.#save(name, value, false);
  }

  /** Takes the last change back. */
  undo(): Promise<void> {
    const { kept } = this;
    if (kept === null || kept.undone || !(kept.name in this.#before)) return Promise.resolve();
    return this.#save(kept.name, this.#before[kept.name] as Settings[SettingName], true);
  }

  #save<Name extends SettingName>(name: Name, value: Settings[Name], isUndo: boolean): Promise<void> {
    if (this.shown === null || JSON.stringify(this.shown[name]) === JSON.stringify(value)) return this.#turn;
    const patch = { [name]: value } as Partial<Settings>;
    this.#waiting.push(patch);
    this.#show();
    this.refused = { ...this.refused, [name]: undefined };
    this.#turn = this.#turn.then(() => this.#carryOut(name, patch, isUndo));
    return this.#turn;
  }

  async #carryOut(name: SettingName, patch: Partial<Settings>, isUndo: boolean): Promise<void> {
    const before = this.#saved;
    if (before === null) return;
    try {
      this.#saved = await this.#host.saveSettings({ ...before, ...patch });
      this.#before = { [name]: before[name] };
      this.kept = { name, undone: isUndo };
      this.#onsaved(this.#saved);
    } catch (caught) {
      this.refused = { ...this.refused, [name]: failureOf(caught) };
      if (this.kept?.name === name) this.kept = null;
    } finally {
      this.#waiting = this.#waiting.filter((one) => one !== patch);
      this.#show();
    }
  }

  /** What is saved, with what is under way over it. */
  #show(): void {
    if (this.#saved !== null) this.shown = Object.assign({}, this.#saved, ...this.#waiting) as Settings;
  }
}

/** Megabytes a second as they are typed, in bytes; null = no limit, undefined = no such number. */
export function rateOf(typed: string): number | null | undefined {
  const written = typed.trim().replace(',', '.');
  if (written === '') return null;
  const rate = Math.round(Number(written) * 1_000_000);
  return Number.isFinite(rate) && rate > 0 ? rate : undefined;
}

/** Bytes a second as megabytes, to be typed over. */
export const typedRate = (rate: number | null): string => (rate === null ? '' : (rate / 1_000_000).toString());

/** Minutes of the day as a time field shows them. */
export const timeOf = (minutes: number): string => `${Math.floor(minutes / 60).toString().padStart(2, '0')}:${(minutes % 60).toString().padStart(2, '0')}`;

/** The other way; null where there is none. */
export function minutesOf(time: string): number | null {
  const read = /^(\d{1,2}):(\d{2})/.exec(time);
  return read === null ? null : Number(read[1]) * 60 + Number(read[2]);
}

/** A whole number within bounds, or null. */
export function wholeOf(typed: string, min: number, max: number): number | null {
  const value = Number(typed.trim());
  return /^\d+$/.test(typed.trim()) && value >= min && value <= max ? value : null;
}

import { failureOf } from '../../shared/failure';
import type { Host } from '../../shared/host';
import type { Failure, JobDetail, JobId, PackageView, Preview } from '../../shared/wire';

/** No fresher than this, in milliseconds: the pane needs no more, and each is asked for. */
const pace = 1000;

/** One export's details, asked for anew when its row changed; at most once a second and one question at a time. */
export class Detail {
  readonly id: JobId;
  readonly #host: Host;
  #asking = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  shown = $state.raw<JobDetail | null>(null);
  failure = $state.raw<Failure | null>(null);

  constructor(host: Host, id: JobId) {
    this.#host = host;
    this.id = id;
  }

  /** Asks again, now or as soon as the pace allows. */
  refresh(): void {
    if (this.#stopped) return;
    if (this.#asking || this.#timer !== undefined) this.#again = true;
    else void this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#again = false;
    try {
      const detail = await this.#host.detail(this.id);
      if (this.#stopped) return;
      this.shown = detail;
      this.failure = null;
    } catch (caught) {
      if (!this.#stopped) this.failure = failureOf(caught);
    } finally {
      this.#asking = false;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#again) this.refresh();
    }, pace);
  }
}

/** What is in a landed file or package; asked for once. */
export class Contents {
  preview = $state.raw<Preview | null>(null);
  package = $state.raw<PackageView | null>(null);
  failure = $state.raw<Failure | null>(null);
  #stopped = false;

  constructor(host: Host, id: JobId, file: number, isPackage: boolean) {
    void this.#read(host, id, file, isPackage);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #read(host: Host, id: JobId, file: number, isPackage: boolean): Promise<void> {
    try {
      if (isPackage) {
        const found = await host.components(id);
        if (!this.#stopped) this.package = found;
      } else {
        const found = await host.preview(id, file);
        if (!this.#stopped) this.preview = found;
      }
    } catch (caught) {
      if (!this.#stopped) this.failure = failureOf(caught);
    }
  }
}

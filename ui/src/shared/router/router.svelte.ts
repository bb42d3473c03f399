import type { JobId, NewExport } from '../wire';

/** Where the main window is. A place holds what its view needs to begin with. */
export type Place =
  | { view: 'list'; show?: JobId }
  | { view: 'new-export'; connection?: string; draft?: NewExport; dropped?: { name: string; text: string } }
  | { view: 'connections'; add?: boolean; signIn?: string }
  | { view: 'connectors'; dropped?: { name: string; text: string } }
  | { view: 'settings' }
  | { view: 'compare'; left: JobId; right: JobId }
  | { view: 'start' };

export type View = Place['view'];

/** The place that is shown, and the way back. No addresses: the window has none. */
export class Router {
  #trail = $state.raw<Place[]>([{ view: 'list' }]);

  get place(): Place {
    return this.#trail.at(-1) ?? { view: 'list' };
  }

  get canGoBack(): boolean {
    return this.#trail.length > 1;
  }

  /** Goes to a place; the list is home, from where there is no way back. */
  go(place: Place): void {
    if (place.view === 'list') this.#trail = [place];
    else if (place.view === this.place.view) this.#trail = [...this.#trail.slice(0, -1), place];
    else this.#trail = [...this.#trail, place];
  }

  back(): void {
    if (this.#trail.length > 1) this.#trail = this.#trail.slice(0, -1);
  }
}

export const router = new Router();

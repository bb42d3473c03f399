// How a person likes to look at the list. Kept by the page itself: nothing is lost when it goes.
import { sortings, type Sorting } from './jobs/sorting';
import type { Section } from '../shared/wire';

export const sections: readonly Section[] = ['active', 'waiting-for-me', 'landed', 'ended'];

export interface Preferences {
  section: Section;
  sorting: Record<Section, Sorting>;
  paneOpen: boolean;
  /** What landed up to then was looked at, in milliseconds since 1970. */
  landedSeen: number;
}

const place = 'landfall.view';

export const usual: Preferences = {
  section: 'active',
  sorting: { active: 'turn', 'waiting-for-me': 'changed', landed: 'changed', ended: 'changed' },
  paneOpen: true,
  landedSeen: 0,
};

/** What was kept, as far as it still makes sense. */
export function readPreferences(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Preferences>;
    const sorting = { ...usual.sorting };
    for (const section of sections) {
      const wanted = kept.sorting?.[section];
      if (wanted !== undefined && sortings.includes(wanted)) sorting[section] = wanted;
    }
    return {
      section: sections.find((section) => section === kept.section) ?? usual.section,
      sorting,
      paneOpen: kept.paneOpen ?? usual.paneOpen,
      landedSeen: typeof kept.landedSeen === 'number' ? kept.landedSeen : usual.landedSeen,
    };
  } catch {
    return usual;
  }
}

export function keepPreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(place, JSON.stringify(preferences));
  } catch {
    // Without a place to keep them they last as long as the window.
  }
}

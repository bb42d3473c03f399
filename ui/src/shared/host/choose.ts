// Chooses the app behind the page: Tauri where there is one, else the played one, as the address wants it.
import type { Host } from '../host';
import { router, type Place } from '../router';
import type { FakeOptions } from './fake';
import type { Language, Theme } from '../wire';

/** What the address of a page in a browser can ask for. */
interface Wanted extends FakeOptions {
  theme: Theme | undefined;
  language: Language | undefined;
  still: boolean;
  ask: string | undefined;
  place: Place | undefined;
}

function wantedBy(search: string): Wanted {
  const given = new URLSearchParams(search);
  const rows = Number(given.get('rows'));
  return {
    ...(rows > 0 ? { rows } : {}),
    state: (given.get('state') ?? 'full') as NonNullable<FakeOptions['state']>,
    theme: (given.get('theme') ?? undefined) as Theme | undefined,
    language: (given.get('language') ?? undefined) as Language | undefined,
    still: given.has('still'),
    ask: given.get('ask') ?? undefined,
    place: JSON.parse(given.get('place') ?? 'null') as Place | null ?? undefined,
  };
}

export async function chooseHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauri;
  // A build for people holds no played app.
  if (import.meta.env.MODE === 'production') throw new Error('This page belongs into the window of Landfall');
  const wanted = wantedBy(location.search);
  const { fakeHost } = await import('./fake');
  const fake = fakeHost(wanted);
  const { sampleAsk } = await import('./fake/asks');
  const settings = await fake.settings();
  await fake.saveSettings({ ...settings, theme: wanted.theme ?? settings.theme, language: wanted.language ?? settings.language });
  if (wanted.place !== undefined) router.go(wanted.place);
  if (!wanted.still) setInterval(() => fake.world.step(100), 100);
  if (wanted.ask !== undefined) setTimeout(() => fake.world.ask?.(sampleAsk(wanted.ask ?? '')), 300);
  return fake;
}

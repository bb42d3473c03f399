// Chooses the app behind the page: Tauri where there is one, else the played one, as the address wants it.
import type { Host } from '../host';
import { router, type Place } from '../router';
import type { FakeOptions } from './fake';
import { language } from '../i18n';
import { applyTheme } from '../theme';
import type { Language, Settings, Theme } from '../wire';

/** What the address of a page in a browser can ask for. */
interface Wanted extends FakeOptions {
  settings: Pick<Settings, 'theme' | 'language'>;
  still: boolean;
  ask: string | undefined;
  place: Place | undefined;
}

function wantedBy(search: string): Wanted {
  const given = new URLSearchParams(search);
  const rows = Number(given.get('rows'));
  const connections = Number(given.get('connections'));
  const named = (key: string): (keyof Host)[] => (given.get(key)?.split(',') ?? []) as (keyof Host)[];
  return {
    ...(rows > 0 ? { rows } : {}),
    ...(connections > 0 ? { connections } : {}),
    stuck: named('stuck'),
    refused: named('refused'),
    faulty: named('faulty'),
    sealed: (given.get('sealed') ?? 'open') as NonNullable<FakeOptions['sealed']>,
    state: (given.get('state') ?? 'full') as NonNullable<FakeOptions['state']>,
    settings: { theme: (given.get('theme') ?? 'system') as Theme, language: (given.get('language') ?? 'system') as Language },
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
  // As the address wants it also where the settings cannot be read.
  applyTheme(wanted.settings.theme);
  language.use(wanted.settings.language);
  const fake = fakeHost(wanted);
  const { sampleAsk } = await import('./fake/asks');
  if (wanted.place !== undefined) router.go(wanted.place);
  if (!wanted.still) setInterval(() => fake.world.step(100), 100);
  if (wanted.ask !== undefined) setTimeout(() => fake.world.ask?.(sampleAsk(wanted.ask ?? '')), 300);
  return fake;
}

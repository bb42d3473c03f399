import type { Theme } from './wire';

/** Sets the colours: the system's, or the ones that a person chose. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

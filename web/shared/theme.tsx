/** The light and the dark theme. The choice is remembered for all tabs; without one the system decides. */
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const KEY = 'glance-graphql theme';
const listeners = new Set<() => void>();

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** Null where the system decides. */
function load(): Theme | null {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : null;
  } catch {
    return null;
  }
}

let chosen = load();

function apply(theme: Theme | null): void {
  chosen = theme;
  if (theme !== null) document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

apply(chosen);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  systemIsDark.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    systemIsDark.removeEventListener('change', listener);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => chosen ?? (systemIsDark.matches ? 'dark' : 'light'));
}

export function ThemeSwitch() {
  const isDark = useTheme() === 'dark';
  const change = () => {
    const next = isDark ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It lasts as long as the page.
    }
    apply(next);
  };
  return (
    <button type="button" className="icon-button" aria-pressed={isDark} aria-label="Dark theme" onClick={change}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        {isDark ? (
          <path d="M15.500 12.500A6.500 6.500 0 0 1 7.500 4.500a6.500 6.500 0 1 0 8 8z" />
        ) : (
          <path d="M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM10 1.500v2m0 13v2m8.500-8.500h-2m-13 0h-2m13.500-6-1.400 1.400m-9.200 9.200L4 16m12 0-1.400-1.400M5.400 5.400 4 4" />
        )}
      </svg>
    </button>
  );
}

/** The light and the dark theme. The choice is remembered for all tabs; without one the system decides. */
import { useState, useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const KEY = 'glance-graphql theme';
const listeners = new Set<() => void>();

function load(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

let current = load();

function apply(theme: Theme): void {
  current = theme;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

apply(current);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => current);
}

export function ThemeSwitch() {
  const theme = useTheme();
  const [systemIsDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const isDark = theme === 'dark' || (theme === 'system' && systemIsDark);
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

/** What the page shows, in its URL: reloading keeps it, and a link shares it. */
import { useEffect, useState } from 'react';

export interface View {
  /** Those named in the URL; empty for the default one. */
  readonly regions: readonly string[];
  /** The size to upload, as entered. */
  readonly size: string;
}

function readView(): View {
  const search = new URLSearchParams(location.search);
  return { regions: [...new Set(search.getAll('region'))], size: search.get('size') ?? '' };
}

/** With its path: a search alone would be relative to the base of the page. */
function urlOf({ regions, size }: View): string {
  const search = new URLSearchParams(regions.map((region) => ['region', region]));
  if (size !== '') search.set('size', size);
  return search.size === 0 ? location.pathname : `${location.pathname}?${search}`;
}

/** A change of the regions is a step back in the history, and typing is none. */
export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState(readView);
  useEffect(() => {
    const onBack = () => setView(readView());
    addEventListener('popstate', onBack);
    return () => removeEventListener('popstate', onBack);
  }, []);
  const change = (next: View) => {
    const isStep = next.regions.join() !== view.regions.join();
    history[isStep ? 'pushState' : 'replaceState'](null, '', urlOf(next));
    setView(next);
  };
  return [view, change];
}

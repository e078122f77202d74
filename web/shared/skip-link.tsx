import type { MouseEvent, RefObject } from 'react';

/** The first link of a page: past the bar. */
export function SkipLink({ to }: { readonly to: RefObject<HTMLElement | null> }) {
  const skip = (event: MouseEvent) => {
    // The address is relative to the base of the page, which need not be the page.
    event.preventDefault();
    to.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/useValidAnchor: a link within the page, which works without a base too
    <a className="skip-link" href="#result" onClick={skip}>
      Skip to the content
    </a>
  );
}

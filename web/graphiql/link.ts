/** The operation in the page's address: reloading opens it, and a link shares it. The token is never part of it. */

export interface Operation {
  readonly query: string;
  readonly variables: string;
}

export function readLink(): Operation | null {
  const search = new URLSearchParams(location.search);
  const query = search.get('query');
  return query === null ? null : { query, variables: search.get('variables') ?? '' };
}

/** Of the active tab, after each change. */
export function keepInAddress(tab: { readonly query?: string | null; readonly variables?: string | null } | undefined) {
  const query = tab?.query ?? '';
  const variables = tab?.variables ?? '';
  const search = new URLSearchParams({ ...(query !== '' && { query }), ...(variables !== '' && { variables }) });
  // With its path: a search alone would be relative to the base of the page.
  history.replaceState(null, '', search.size === 0 ? location.pathname : `${location.pathname}?${search}`);
}

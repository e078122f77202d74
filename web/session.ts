/** The token, kept for this tab alone, and not at all where the browser keeps nothing. */
const KEY = 'glance-graphql token';

export function loadToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function saveToken(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // It serves until the page is left.
  }
}

/** Stores the token in this tab's session storage. Where the browser blocks storage it is not stored. */
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
    // The page keeps it in memory until it is closed.
  }
}

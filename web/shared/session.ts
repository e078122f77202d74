/**
 * The token, in this tab's session storage. Where the browser blocks storage, the page keeps it in memory. Gateways of other clouds may
 * have the same origin, under other paths: each has a token of its own.
 */
const KEY = `glance-graphql token of ${new URL('.', document.baseURI).pathname}`;

export function loadToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** An empty token is stored too: it means signed out. */
export function saveToken(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // The page keeps it in memory until it is closed.
  }
}

/** A token that the gateway accepts: visible ASCII, at most 8192 characters. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,8192}$/.test(text);
}

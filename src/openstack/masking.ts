/**
 * Masks what may be a secret in a URL: everything between the scheme and the last `@`, as a password can contain `/` and `@`, and the
 * query, as in `?api-key=…`.
 */
export function maskCredentials(text: string): string {
  const end = text.lastIndexOf('@');
  const scheme = text.indexOf('://');
  const begin = scheme === -1 || scheme > end ? 0 : scheme + '://'.length;
  const masked = end === -1 ? text : `${text.slice(0, begin)}***${text.slice(end)}`;
  return masked.replace(/(:\/\/[^?]*\?).*/s, '$1***').slice(0, 200);
}

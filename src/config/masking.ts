/** Masks everything between the scheme of a URL and the last `@`: a password can contain `/` and `@`. */
export function maskCredentials(text: string): string {
  const end = text.lastIndexOf('@');
  const scheme = text.indexOf('://');
  const begin = scheme === -1 || scheme > end ? 0 : scheme + '://'.length;
  return (end === -1 ? text : `${text.slice(0, begin)}***${text.slice(end)}`).slice(0, 200);
}

/** Headers of every response, and the one that closes its connection: while the server closes, open connections would hold it up. */
export function standardHeaders(requestId: string, isClosing: boolean): [name: string, value: string][] {
  const headers: [string, string][] = [
    ['X-Openstack-Request-Id', requestId],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  if (isClosing) headers.push(['Connection', 'close']);
  return headers;
}

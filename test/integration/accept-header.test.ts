/** A request is keyed by its raw `Accept`: an empty one and none at all are different. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';

/** Exactly these headers, as `fetch` adds an `Accept` of its own; gives the status, the media type and the body. */
async function send(gateway: TestGateway, accept: string | null, query: string) {
  const body = JSON.stringify({ query });
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: x',
    'Connection: close',
    'Content-Type: application/json',
    'X-Auth-Token: sandbox-member',
    'X-Openstack-Request-Id: req-same',
    ...(accept === null ? [] : [`Accept: ${accept}`]),
    `Content-Length: ${body.length}`,
  ];
  const response = await sendRaw(gateway, `${head.join('\r\n')}\r\n\r\n${body}`);
  const end = response.indexOf('\r\n\r\n');
  const type = /^content-type: (.*)$/im.exec(response.slice(0, end))?.[1];
  return [response.slice(9, 12), type, response.slice(end + 4)];
}

const ACCEPTS = [null, '', 'application/json', '*/*', 'application/graphql-response+json', 'text/plain'];

test.each([
  ['an invalid document', '{info{nothing}}'],
  ['a document that is none', '{info{'],
  ['a valid document', '{info{stores{id}}}'],
])('%s is served as without the fast path, whatever was accepted before', async (_title, query) => {
  await using plain = await startGateway({ FAST_PATH: '0' });
  const expected = new Map<string | null, unknown>();
  for (const accept of ACCEPTS) expected.set(accept, await send(plain, accept, query));
  for (const first of ACCEPTS) {
    await using fast = await startGateway();
    for (const accept of [first, first, ...ACCEPTS, ...ACCEPTS, first])
      expect([first, accept, await send(fast, accept, query)]).toEqual([first, accept, expected.get(accept)]);
  }
});

test('an invalid document is 200 without Accept, also after it was sent with an empty one', async () => {
  await using gateway = await startGateway();
  for (const _time of [1, 2, 3]) await send(gateway, '', '{info{nothing}}');
  for (const _time of [1, 2, 3]) expect((await send(gateway, null, '{info{nothing}}'))[0]).toBe('200');
});

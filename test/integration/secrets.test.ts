/** No token stands in a log line, a metric or a response. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { type Behaviour, reply, reset, startUpstream, tokenIn, tokenInfo } from '../recording-upstream.ts';

/** Characters that nothing else in a log or a response has. */
const TOKENS = ['~^~^~^~^', 'gAAAAA~^~secret~^~of~a~caller'];
/** A sentence of an upstream may have words as short as these; nothing else repeats them. */
const SHORT_TOKENS = ['~^~', '~^~^~^~'];

const echo =
  (status: number): Behaviour =>
  (request, response) =>
    reply(status, { message: `The token ${tokenIn(request)} is wrong.`, code: String(status) })(request, response);

const GLANCE: Readonly<Record<string, Behaviour>> = {
  'a good response': reply(200, { stores: [{ id: 'a' }] }),
  'a rejection that repeats it': echo(401),
  'an error that repeats it': echo(500),
  'a page that repeats it': (request, response) =>
    reply(400, `<html><h1>400</h1>${tokenIn(request)}<br /></html>`)(request, response),
  'no JSON that repeats it': (request, response) => reply(200, `{"stores": ${tokenIn(request)}`)(request, response),
  'a connection that is reset': reset,
};

const headersWith = (token: string): Record<string, string>[] => [
  { 'X-Auth-Token': token },
  { Authorization: `Bearer ${token}` },
];

test.each(Object.keys(GLANCE))('no token appears in responses, logs or metrics, with %s', async (name) => {
  await using glance = await startUpstream(GLANCE[name] ?? reset);
  await using keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glance.url })));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, LOG_QUERIES: '1' });
  const texts: string[] = [];
  const body = { query: '{info{stores{id}}}' };
  const tokens = name.includes('that repeats it') ? TOKENS : [...TOKENS, ...SHORT_TOKENS];
  for (const token of tokens) {
    for (const headers of headersWith(token)) {
      for (let time = 0; time < 2; time += 1) {
        const response = await gateway.post(body, { headers });
        texts.push(response.text, ...[...response.headers].flat());
      }
    }
  }
  texts.push(await (await gateway.fetch('/metrics')).text(), ...gateway.log.map((line) => JSON.stringify(line)));
  expect(gateway.log.filter(({ msg }) => msg === 'request').length).toBeGreaterThanOrEqual(8);
  for (const token of tokens) expect(texts.filter((text) => text.includes(token))).toEqual([]);
});

test('no token appears in responses or logs where Keystone repeats it', async () => {
  await using keystone = await startUpstream((request, response) =>
    reply(401, { error: { code: 401, message: `Could not find ${tokenIn(request)}` } })(request, response),
  );
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const texts: string[] = [];
  for (const token of TOKENS)
    texts.push((await gateway.post({ query: '{info{stores{id}}}' }, { headers: { 'X-Auth-Token': token } })).text);
  texts.push(...gateway.log.map((line) => JSON.stringify(line)));
  for (const token of TOKENS) expect(texts.filter((text) => text.includes(token))).toEqual([]);
});

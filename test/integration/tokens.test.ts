/** Which headers carry the token, and which tokens are valid. */
import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';
import { replay } from '../recorded.ts';
import { startUpstream } from '../recording-upstream.ts';

const IMPORT = { '/v2/info/import': replay('api-2.16-multistore-member.import') };
const QUERY = JSON.stringify({ query: '{info{importMethods{type} availability{importMethods}}}' });

/** Sends headers unchanged, including those that fetch rejects or joins. */
function post(gateway: TestGateway, headers: readonly string[]): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(gateway.url);
    const all = ['Host', host, 'Content-Type', 'application/json', 'Content-Length', String(QUERY.length), ...headers];
    const request = httpRequest(`${gateway.url}/graphql`, { method: 'POST', headers: all }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
    });
    request.on('error', reject).end(QUERY);
  });
}

test.each([
  [['X-Auth-Token', 'one'], 'one'],
  [['x-auth-token', ' one '], 'one'],
  [['Authorization', 'Bearer two'], 'two'],
  [['Authorization', 'bearer   two'], 'two'],
  [['X-Auth-Token', 'one', 'Authorization', 'Bearer two'], 'one'],
  [['X-Auth-Token', '', 'Authorization', 'Bearer two'], 'two'],
  [['Authorization', 'Basic dXNlcjpwYXNz'], undefined],
  [['X-Storage-Token', 'three'], undefined],
  [['X_Auth_Token', 'four'], undefined],
  [[], undefined],
])('%j is sent upstream as %s', async (headers, token) => {
  await using upstream = await startUpstream(IMPORT);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const { status } = await post(gateway, headers);
  expect(status).toBe(200);
  const sent = upstream.seen[0]?.headers.filter(([name]) => /token|authorization/i.test(name));
  expect(sent).toEqual(token === undefined ? [] : [['X-Auth-Token', token]]);
});

test.each([
  ['a space', ['X-Auth-Token', 'one two'], 'The token has characters other than printable ASCII without spaces.'],
  [
    'a blank in a bearer token',
    ['Authorization', 'Bearer one two'],
    'The token has characters other than printable ASCII without spaces.',
  ],
  [
    'characters outside ASCII',
    ['X-Auth-Token', 't\u00f6ken'],
    'The token has characters other than printable ASCII without spaces.',
  ],
  ['more than 8 kB', ['X-Auth-Token', 'x'.repeat(8193)], 'The token is longer than 8192 bytes.'],
  ['a second header', ['X-Auth-Token', 'one', 'x-auth-token', 'two'], 'The token was sent more than once.'],
  [
    'a second bearer header',
    ['Authorization', 'Bearer one', 'authorization', 'Bearer two'],
    'The token was sent more than once.',
  ],
])('a token with %s is UNAUTHENTICATED in every field, without an upstream call', async (_title, headers, message) => {
  await using upstream = await startUpstream(IMPORT);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const { status, body } = await post(gateway, headers);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    data: { info: { importMethods: null, availability: { importMethods: 'UNAUTHENTICATED' } } },
    errors: [{ message, path: ['info', 'importMethods'], extensions: { code: 'UNAUTHENTICATED', retryable: false } }],
  });
  expect(upstream.seen).toEqual([]);
});

test.each([['X-Auth-Token: one\r\n two'], ['X-Auth-Token: one\u0000two'], ['X-Auth-Token: one\rtwo']])(
  'an invalid header, %j, gets 400 as JSON',
  async (header) => {
    await using upstream = await startUpstream(IMPORT);
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const response = await sendRaw(
      gateway,
      `POST /graphql HTTP/1.1\r\nHost: x\r\n${header}\r\nContent-Type: application/json\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`,
    );
    expect(response).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n(?:.+\r\n)*Content-Type: application\/json/);
    expect(upstream.seen).toEqual([]);
  },
);

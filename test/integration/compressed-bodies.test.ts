/** Request bodies with a `Content-Encoding`, which routers send: gzip is inflated, within the limit of the body. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

async function send(body: Buffer, coding: string) {
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Encoding': coding, 'X-Auth-Token': 'sandbox-member' },
    body: new Uint8Array(body),
  });
  const { data, errors = [] }: { data?: unknown; errors?: { message: string; extensions: { code: string } }[] } =
    JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, data, code: errors[0]?.extensions.code };
}

const BODY = Buffer.from('{"query":"{info{importMethods{type}}}"}');
const DATA = { info: { importMethods: { type: 'array' } } };

test.each([
  ['gzip', gzipSync(BODY)],
  ['GZIP', gzipSync(BODY)],
  ['x-gzip', gzipSync(BODY)],
  ['identity', BODY],
])('a body with the coding %s is executed, repeatedly', async (coding, body) => {
  for (const _time of [1, 2, 3, 4]) expect(await send(body, coding)).toMatchObject({ status: 200, data: DATA });
});

test('a byte order mark before the JSON is ignored, in a compressed body too', async () => {
  const body = Buffer.from(`\ufeff${BODY}`);
  for (const _time of [1, 2, 3]) {
    expect(await send(body, 'identity')).toMatchObject({ status: 200, data: DATA });
    expect(await send(gzipSync(body), 'gzip')).toMatchObject({ status: 200, data: DATA });
  }
});

test('a body that inflates to the limit is read, and one byte more is rejected', async () => {
  const padded = (bytes: number) => gzipSync(`${BODY}${' '.repeat(bytes - BODY.length)}`);
  expect(await send(padded(100_000), 'gzip')).toMatchObject({ status: 200, data: DATA });
  expect(await send(padded(100_001), 'gzip')).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

test('a body that inflates to a gigabyte is rejected without being inflated', async () => {
  // Each member inflates to 10 MB.
  const bomb = Buffer.concat(Array.from({ length: 9 }, () => gzipSync(Buffer.alloc(10_000_000))));
  expect(bomb.length).toBeLessThan(100_000);
  const before = process.memoryUsage().arrayBuffers;
  const responses = await Promise.all(Array.from({ length: 20 }, () => send(bomb, 'gzip')));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([413]));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
});

test.each([
  ['is cut off', gzipSync(BODY).subarray(0, -10)],
  ['is not gzip', BODY],
  ['is not UTF-8', gzipSync(Buffer.from([0x22, 0xff, 0x22]))],
])('a gzip body that %s gets 400', async (_title, body) => {
  expect(await send(body, 'gzip')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
});

test.each([
  ['br', brotliCompressSync(BODY)],
  ['deflate', deflateSync(BODY)],
  ['gzip, gzip', gzipSync(gzipSync(BODY))],
  ['zstd', BODY],
])('the coding %s gets 415, which names the one that is accepted', async (coding, body) => {
  const { status, code, headers } = await send(body, coding);
  expect([status, code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  expect(headers.get('accept-encoding')).toBe('gzip');
});

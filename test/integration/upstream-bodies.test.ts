/** The bodies of an upstream's responses: their size, and how they are encoded. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const MEBIBYTE = 1024 * 1024;
const token = 'token-of-a-caller';

/** A response about one store, of exactly so many bytes. */
function sized(bytes: number): string {
  const text = JSON.stringify({ stores: [{ id: 'a' }] });
  return text + ' '.repeat(bytes - text.length);
}
/** Chunked, so that the length is unknown in advance. */
const chunked =
  (text: string): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(text.slice(0, 1000));
    response.end(text.slice(1000));
  };
const withLength = (text: string) => reply(200, text, { 'Content-Length': String(text.length) });

describe.each([
  ['with a Content-Length', withLength],
  ['that is chunked', chunked],
])('a body %s', (_title, respond) => {
  test('is accepted with exactly 1 MiB', async () => {
    await using upstream = await startUpstream(respond(sized(MEBIBYTE)));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { data, errors } = await gateway.query(STORES, { token });
    expect([data, errors]).toEqual([{ info: { stores: [{ id: 'a' }] } }, []]);
  });

  test('is rejected with one byte more', async () => {
    await using upstream = await startUpstream(respond(sized(MEBIBYTE + 1)));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { data, errors } = await gateway.query(STORES, { token });
    expect(data).toEqual({ info: { stores: null } });
    expect(errors).toMatchObject([
      {
        message: "The Image service's response is larger than 1048576 bytes.",
        extensions: { code: 'UPSTREAM_INVALID_RESPONSE' },
      },
    ]);
  });
});

test('a body with the Content-Encoding identity is accepted', async () => {
  await using upstream = await startUpstream(reply(200, sized(100), { 'Content-Encoding': 'identity' }));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  expect((await gateway.query(STORES, { token })).data).toEqual({ info: { stores: [{ id: 'a' }] } });
});

test('a body that is compressed without a request for it is rejected', async () => {
  await using upstream = await startUpstream(reply(200, gzipSync(sized(100)), { 'Content-Encoding': 'gzip' }));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const { errors } = await gateway.query(STORES, { token });
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
  expect(JSON.stringify(upstream.seen)).not.toMatch(/accept-encoding/i);
});

/** Upstreams over https. */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { listen } from '../listen.ts';
import { startProgram } from '../program.ts';
import { replay } from '../recorded.ts';
import { type RecordingUpstream, startUpstream } from '../recording-upstream.ts';

/** A key and a self-signed certificate for localhost, valid for a hundred years. */
const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const certificate = fixture('localhost.pem');
const files = { key: readFileSync(fixture('localhost-key.pem')), cert: readFileSync(certificate) };
let upstream: RecordingUpstream;
let url = '';

beforeAll(async () => {
  upstream = await startUpstream(replay('api-2.16-multistore-member.import'), files);
  ({ url } = upstream);
});
afterAll(() => upstream[Symbol.asyncDispose]());

test('OS_CACERT makes an upstream with a private CA trusted', async () => {
  await using gateway = await startGateway({ GLANCE_URL: url, OS_CACERT: certificate });
  const { data, errors } = await gateway.query('{info{importMethods{type}}}');
  expect(errors).toEqual([]);
  expect(data).toEqual({ info: { importMethods: { type: 'array' } } });
});

test('HTTP/2 is not used: a connection carries one request at a time', async () => {
  const streams: string[] = [];
  const http2 = createSecureServer({ ...files, allowHTTP1: true }, (request, response) => {
    streams.push(request.httpVersion);
    response.end(JSON.stringify({ stores: [] }));
  });
  const port = await listen(http2);
  await using gateway = await startGateway({ GLANCE_URL: `https://localhost:${port}`, OS_CACERT: certificate });
  expect((await gateway.query('{info{stores{id}}}')).errors).toEqual([]);
  expect(streams).toEqual(['1.1']);
  http2.close();
});

test('without OS_CACERT such an upstream is UPSTREAM_UNAVAILABLE, with the reason in the log', async () => {
  await using gateway = await startGateway({ GLANCE_URL: url });
  const { errors } = await gateway.query('{info{importMethods{type}}}');
  expect(errors).toMatchObject([
    { message: "The Image service can't be reached.", extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
  ]);
  expect(gateway.log.find(({ msg }) => msg === 'upstream call failed')).toMatchObject({
    err: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  });
});

test('OS_CACERT is trusted beside the certificates of NODE_EXTRA_CA_CERTS', async () => {
  const OS_CACERT = fixture('cloud-example.pem');
  const importTypes = async (env: Record<string, string>) => {
    await using gateway = await startProgram({ GLANCE_URL: url, OS_CACERT, ...env });
    const body = JSON.stringify({ query: '{info{importMethods{type}}}' });
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch(`${gateway.url}/graphql`, { method: 'POST', body, headers })).json();
  };
  expect(await importTypes({ NODE_EXTRA_CA_CERTS: certificate })).toEqual({
    data: { info: { importMethods: { type: 'array' } } },
  });
  expect(await importTypes({})).toMatchObject({ data: { info: { importMethods: null } } });
});

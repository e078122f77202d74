import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-tls-'));
const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
const server = createServer((request, response) => replay('api-2.16-multistore-member.import')(request, response));
let url = '';

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', ...subject],
    { stdio: 'ignore' },
  );
  server.setSecureContext({ key: readFileSync(key), cert: readFileSync(certificate) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `https://localhost:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

test('an https upstream under a CA of its own is trusted with OS_CACERT', async () => {
  await using gateway = await startGateway({ GLANCE_URL: url, OS_CACERT: certificate });
  const { data, errors } = await gateway.query('{info{importMethods{type}}}');
  expect(errors).toEqual([]);
  expect(data).toEqual({ info: { importMethods: { type: 'array' } } });
});

test('and without it is UPSTREAM_UNAVAILABLE, with the reason in the log', async () => {
  await using gateway = await startGateway({ GLANCE_URL: url });
  const { errors } = await gateway.query('{info{importMethods{type}}}');
  expect(errors).toMatchObject([
    { message: "The Image service can't be reached.", extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
  ]);
  expect(gateway.log.find(({ msg }) => msg === 'upstream call failed')).toMatchObject({
    err: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  });
});

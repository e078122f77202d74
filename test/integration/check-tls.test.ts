/** TLS faults: `check` fails, names the cause, and passes once its advice is applied. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NEWEST_GLANCE as GLANCE, runCheck } from '../check.ts';
import { listen } from '../listen.ts';
import { startUpstream } from '../recording-upstream.ts';

const OS_TOKEN = 'secret-token';
const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const key = fixture('localhost-key.pem');
const good = fixture('localhost.pem');

function certificate(name: string, days: number): string {
  const file = join(folder, `${name}${days}.pem`);
  writeFileSync(join(folder, 'extensions'), `subjectAltName=DNS:${name}`);
  const run = (args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  run(['req', '-new', '-key', key, '-subj', `/CN=${name}`, '-out', join(folder, 'request')]);
  const sign = ['x509', '-req', '-in', join(folder, 'request'), '-signkey', key, '-days', String(days), '-out', file];
  run([...sign, '-extfile', join(folder, 'extensions')]);
  return file;
}

const startTls = (certificateFile: string) =>
  startUpstream(GLANCE, { key: readFileSync(key), cert: readFileSync(certificateFile) });

test('check names an unknown CA', async () => {
  await using glance = await startTls(good);
  const env = { GLANCE_URL: `https://localhost:${glance.port}`, OS_TOKEN };
  expect(await runCheck(env)).toMatchObject({
    code: 1,
    causes: [
      `The certificate of https://localhost:${glance.port} is signed by an unknown CA: set OS_CACERT to the file of the CA's certificate`,
    ],
  });
  expect((await runCheck({ ...env, OS_CACERT: good })).code).toBe(0);
});

test('check names an expired certificate', async () => {
  const expired = certificate('localhost', -1);
  await using glance = await startTls(expired);
  expect(
    await runCheck({ GLANCE_URL: `https://localhost:${glance.port}`, OS_CACERT: expired, OS_TOKEN }),
  ).toMatchObject({
    code: 1,
    causes: [`The certificate of https://localhost:${glance.port} has expired: renew it`],
  });
  const renewed = certificate('localhost', 10);
  await using again = await startTls(renewed);
  expect((await runCheck({ GLANCE_URL: `https://localhost:${again.port}`, OS_CACERT: renewed, OS_TOKEN })).code).toBe(
    0,
  );
});

test('check names the wrong name of a certificate', async () => {
  await using glance = await startTls(good);
  const other = certificate('glance.example', 10);
  await using named = await startTls(other);
  expect(await runCheck({ GLANCE_URL: `https://localhost:${named.port}`, OS_CACERT: other, OS_TOKEN })).toMatchObject({
    code: 1,
    causes: [
      `The certificate of https://localhost:${named.port} has the wrong name (DNS:glance.example): use one of its names in GLANCE_URL or GLANCE_ENDPOINTS`,
    ],
  });
  expect((await runCheck({ GLANCE_URL: `https://localhost:${glance.port}`, OS_CACERT: good, OS_TOKEN })).code).toBe(0);
});

describe('plain http to a port that speaks TLS', () => {
  const ALERT = Buffer.from('1503010002020a', 'hex');
  const nginx =
    'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><center>The plain HTTP request was sent to HTTPS port</center></html>';

  test.each([
    ['a TLS alert', ALERT],
    ['nothing', ''],
    ["nginx' error page", nginx],
    ["Go's sentence", 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'],
  ])('check names a port that responds to it with %s', async (_title, response) => {
    await using glance = await startTls(good);
    // Passes on what begins as TLS does.
    const port = createServer((socket) => {
      socket.once('data', (first) => {
        if (first[0] !== 22) return void socket.end(response);
        const upstream = connect(glance.port, '127.0.0.1', () => upstream.write(first));
        for (const one of [socket, upstream]) one.on('error', () => {});
        socket.pipe(upstream).pipe(socket);
      });
    });
    await using _closed = { [Symbol.asyncDispose]: async () => void port.close() };
    const url = `localhost:${await listen(port)}`;
    expect(await runCheck({ GLANCE_URL: `http://${url}`, OS_TOKEN })).toMatchObject({
      code: 1,
      causes: [`http://${url} speaks TLS: change http to https in GLANCE_URL or GLANCE_ENDPOINTS`],
    });
    expect((await runCheck({ GLANCE_URL: `https://${url}`, OS_CACERT: good, OS_TOKEN })).code).toBe(0);
  });
});

test('check names plain http to a port that speaks TLS, and TLS to one that does not', async () => {
  await using glance = await startTls(good);
  const url = `localhost:${glance.port}`;
  expect(await runCheck({ GLANCE_URL: `http://${url}`, OS_CACERT: good, OS_TOKEN })).toMatchObject({
    code: 1,
    causes: [`http://${url} speaks TLS: change http to https in GLANCE_URL or GLANCE_ENDPOINTS`],
  });
  expect((await runCheck({ GLANCE_URL: `https://${url}`, OS_CACERT: good, OS_TOKEN })).code).toBe(0);
  await using plain = await startUpstream(GLANCE);
  const https = plain.url.replace('http:', 'https:');
  expect(await runCheck({ GLANCE_URL: https, OS_TOKEN })).toMatchObject({
    code: 1,
    causes: [`${https} does not speak TLS: change https to http in GLANCE_URL or GLANCE_ENDPOINTS`],
  });
  expect((await runCheck({ GLANCE_URL: plain.url, OS_TOKEN })).code).toBe(0);
});

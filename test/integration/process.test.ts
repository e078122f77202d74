/** The program as people start and stop it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { failToStart, startProgram } from '../program.ts';
import { hang, startUpstream } from '../recording-upstream.ts';

describe('starting', () => {
  test('without configuration says that it is a sandbox, where to click, and which tokens to use', async () => {
    await using gateway = await startProgram({});
    expect(gateway.greeting).toBe(
      `glance-graphql listens at ${gateway.url} (open it in a browser)
This is a SANDBOX: an embedded Glance answers, no cloud is asked. Set OS_AUTH_URL or GLANCE_URL for a real one.
Its tokens (X-Auth-Token): sandbox-admin for an operator, sandbox-member for everybody else.
`,
    );
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  test('before a real cloud speaks of no sandbox', async () => {
    await using gateway = await startProgram({ GLANCE_URL: 'http://127.0.0.1:9', NODE_ENV: 'production' });
    expect(gateway.greeting).toBe(`glance-graphql listens at ${gateway.url} (open it in a browser)\n`);
  });

  test('with wrong variables lists them all and ends with 78', async () => {
    const [code, message] = await failToStart({ GLANCE_URL: 'ftp://user:secret@host', PORT: '12abc' });
    expect(code).toBe(78);
    expect(message).toBe(`The configuration is wrong:
  - GLANCE_URL is "ftp://***@host"; accepted is an http or https URL without credentials, query or fragment, such as https://cloud.example/image
  - PORT is "12abc"; accepted is a whole number from 0 to 65535
`);
  });

  test('on a port that is taken says so', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const [code, message] = await failToStart({ PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(message).toContain(`PORT is ${port}, which is in use at 127.0.0.1; choose another, or 0 for any.`);
    expect(message).not.toContain('at Server');
  });
});

const query = (url: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"query":"{info{stores{id}}}"}',
  });

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('lets a request in flight end, takes no new one, and ends with 0', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using upstream = await startUpstream(async (_request, response) => {
      arrived.resolve();
      await release.promise;
      response.end('{"stores":[{"id":"a"}]}');
    });
    await using gateway = await startProgram({ GLANCE_URL: upstream.url });
    const answer = query(gateway.url);
    await arrived.promise;
    gateway.signal(signal);
    await refused(gateway.url);
    release.resolve();
    expect(await (await answer).json()).toEqual({ data: { info: { stores: [{ id: 'a' }] } } });
    expect(await gateway.exit).toBe(0);
  });

  test('ends with 0 at once when only idle connections are left', async () => {
    await using gateway = await startProgram({});
    await (await query(gateway.url)).text();
    gateway.signal(signal);
    expect(await gateway.exit).toBe(0);
  });

  test('a second time ends it at once', async () => {
    await using upstream = await startUpstream(hang);
    await using gateway = await startProgram({ GLANCE_URL: upstream.url });
    const answer = query(gateway.url).catch(() => 'cut off');
    while (upstream.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    gateway.signal(signal);
    await refused(gateway.url);
    gateway.signal(signal);
    expect(await gateway.exit).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(await answer).toBe('cut off');
  });
});

test('with SHUTDOWN_DELAY_MS it says first that it is about to end, and serves on', async () => {
  await using gateway = await startProgram({ SHUTDOWN_DELAY_MS: '600' });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  gateway.signal('SIGTERM');
  const readiness = () => fetch(`${gateway.url}/readyz`);
  await vi.waitFor(async () => expect((await readiness()).status).toBe(503));
  expect(await (await readiness()).json()).toEqual({ status: 'ending' });
  expect((await query(gateway.url)).status).toBe(200);
  expect(await gateway.exit).toBe(0);
});

test('a request that does not end is given up after SHUTDOWN_TIMEOUT_MS', async () => {
  await using upstream = await startUpstream(hang);
  await using gateway = await startProgram({ GLANCE_URL: upstream.url, SHUTDOWN_TIMEOUT_MS: '200' });
  const answer = query(gateway.url).catch(() => 'cut off');
  while (upstream.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  gateway.signal('SIGTERM');
  expect(await gateway.exit).toBe(1);
  expect(await answer).toBe('cut off');
});

/** Waits until no new connection is taken. */
async function refused(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  while (await isOpen()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('a fault that nobody took care of is logged, and ends the process orderly, with 1', async () => {
  const fault = 'setTimeout(() => { Promise.reject(new Error("nobody cares")) }, 2000)';
  await using upstream = await startUpstream((_request, response) => {
    setTimeout(() => response.end(JSON.stringify({ stores: [] })), 2500);
  });
  await using gateway = await startProgram({
    GLANCE_URL: upstream.url,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
  });
  const answer = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: '{info{stores{id}}}' }),
  });
  // What was under way is answered all the same.
  expect(await (await answer).json()).toEqual({ data: { info: { stores: [] } } });
  expect(await gateway.exit).toBe(1);
  expect(gateway.log()).toMatch(/"level":"fatal".*nobody cares/);
});

test('a terminal shows readable lines', async () => {
  const { PATH = '' } = process.env;
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  // `script` gives it a terminal.
  const child = spawn('script', ['-qefc', `exec ${process.execPath} ${main}`, '/dev/null'], {
    env: { PATH, PORT: '0', TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let shown = '';
  child.stdout.on('data', (chunk) => {
    shown += chunk;
  });
  await vi.waitFor(() => expect(shown).toMatch(/listens at \S+/), 10_000);
  await fetch(`${/listens at (\S+)/.exec(shown)?.[1]}/healthz`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const plain = () => shown.replace(/\u001b\[\d+m/g, '');
  await vi.waitFor(() => expect(plain()).toMatch(/\[\d\d:\d\d:\d\d\.\d{3}\] INFO: request .*"path":"\/healthz"/), 5000);
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
});

/** Start and shutdown of the program as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { listen } from '../listen.ts';
import { failToStart, startProgram } from '../program.ts';
import { hang, startUpstream } from '../recording-upstream.ts';

// Starting a process takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });
const WITHIN_MS = 10_000;

describe('the start', () => {
  test('without configuration prints the URL, that it is a sandbox, and its tokens', async () => {
    await using gateway = await startProgram({});
    expect(gateway.banner).toBe(
      `glance-graphql listens at ${gateway.url} (open it in a browser)
This is a SANDBOX: requests go to an embedded Glance, not to a cloud. Set OS_AUTH_URL or GLANCE_URL for a real one.
Its tokens (X-Auth-Token): sandbox-admin for an operator, sandbox-member for any other user.
`,
    );
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  test('with a real cloud prints the URL only', async () => {
    await using gateway = await startProgram({ GLANCE_URL: 'http://127.0.0.1:9', NODE_ENV: 'production' });
    expect(gateway.banner).toBe(`glance-graphql listens at ${gateway.url} (open it in a browser)\n`);
  });

  test('with invalid variables lists them all and exits with 78', async () => {
    const [code, message] = await failToStart({ GLANCE_URL: 'ftp://user:secret@host', PORT: '12abc' });
    expect(code).toBe(78);
    expect(message).toBe(`The configuration is wrong:
  - GLANCE_URL is "ftp://***@host"; expected an http or https URL without credentials, query or fragment, such as https://cloud.example/image
  - PORT is "12abc"; expected a whole number from 0 to 65535
`);
  });

  test('on a port in use prints a message and exits with 1', async () => {
    const server = createServer();
    const port = await listen(server);
    const [code, message] = await failToStart({ PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(message).toContain(`PORT is ${port}, which is in use at 127.0.0.1; choose another, or 0 for any.`);
    expect(message).not.toContain('at Server');
  });
});

describe('a start that fails', () => {
  test.each([
    [
      { HOST: '203.0.113.7' },
      'HOST is "203.0.113.7", which is not an address of this machine; 0.0.0.0 is all of them.',
    ],
    [
      { HOST: 'no-such-host.invalid' },
      'HOST is "no-such-host.invalid", which can\'t be resolved; use an address of this machine, or 0.0.0.0 for all of them.',
    ],
  ])('with %o says why in one sentence, logs the cause, and exits with 1', async (env, sentence) => {
    const [code, message, log] = await failToStart(env);
    expect([code, message]).toEqual([1, `${sentence}\n`]);
    const lines = log.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'fatal', msg: 'The gateway does not start' },
    ]);
  });
});

test('a command with output that nobody reads ends without a stack trace', async () => {
  const main = new URL('../../src/main.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await once(child, 'close');
  expect([errors, child.exitCode]).toEqual(['', 0]);
});

const query = (url: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"query":"{info{stores{id}}}"}',
  });

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('completes a request in flight, accepts no new connection, and exits with 0', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using upstream = await startUpstream(async (_request, response) => {
      arrived.resolve();
      await release.promise;
      response.end('{"stores":[{"id":"a"}]}');
    });
    await using gateway = await startProgram({ GLANCE_URL: upstream.url });
    const response = query(gateway.url);
    await arrived.promise;
    gateway.signal(signal);
    await connectionsRefused(gateway.url);
    release.resolve();
    expect(await (await response).json()).toEqual({ data: { info: { stores: [{ id: 'a' }] } } });
    expect(await gateway.exit).toBe(0);
  });

  test('exits with 0 when only idle connections are open', async () => {
    await using gateway = await startProgram({});
    await (await query(gateway.url)).text();
    gateway.signal(signal);
    expect(await gateway.exit).toBe(0);
  });

  test('sent twice exits immediately', async () => {
    await using upstream = await startUpstream(hang);
    await using gateway = await startProgram({ GLANCE_URL: upstream.url });
    const response = query(gateway.url).catch(() => 'aborted');
    await vi.waitFor(() => expect(upstream.seen).toHaveLength(1), WITHIN_MS);
    gateway.signal(signal);
    await connectionsRefused(gateway.url);
    gateway.signal(signal);
    expect(await gateway.exit).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(await response).toBe('aborted');
  });
});

test('with SHUTDOWN_DELAY_MS readiness fails first, while requests are still served', async () => {
  await using gateway = await startProgram({ SHUTDOWN_DELAY_MS: '2000' });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  gateway.signal('SIGTERM');
  const readiness = () => fetch(`${gateway.url}/readyz`);
  await vi.waitFor(async () => expect((await readiness()).status).toBe(503), WITHIN_MS);
  expect(await (await readiness()).json()).toEqual({ status: 'draining' });
  expect((await query(gateway.url)).status).toBe(200);
  expect(await gateway.exit).toBe(0);
});

test('a request that does not complete is aborted after SHUTDOWN_TIMEOUT_MS', async () => {
  await using upstream = await startUpstream(hang);
  await using gateway = await startProgram({ GLANCE_URL: upstream.url, SHUTDOWN_TIMEOUT_MS: '200' });
  const response = query(gateway.url).catch(() => 'aborted');
  await vi.waitFor(() => expect(upstream.seen).toHaveLength(1), WITHIN_MS);
  gateway.signal('SIGTERM');
  expect(await gateway.exit).toBe(1);
  expect(await response).toBe('aborted');
});

/** Waits until new connections are refused. */
async function connectionsRefused(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  while (await isOpen()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('an uncaught exception is logged, requests in flight complete, and the process exits with 1', async () => {
  const rejectOnSignal = 'process.on("SIGUSR2", () => { Promise.reject(new Error("not handled")) })';
  const release = Promise.withResolvers<void>();
  await using upstream = await startUpstream(async (_request, response) => {
    await release.promise;
    response.end(JSON.stringify({ stores: [] }));
  });
  await using gateway = await startProgram({
    GLANCE_URL: upstream.url,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(rejectOnSignal)}`,
  });
  const response = query(gateway.url);
  await vi.waitFor(() => expect(upstream.seen).toHaveLength(1), WITHIN_MS);
  gateway.signal('SIGUSR2');
  await vi.waitFor(() => expect(gateway.log()).toMatch(/"level":"fatal".*not handled/), WITHIN_MS);
  release.resolve();
  expect(await (await response).json()).toEqual({ data: { info: { stores: [] } } });
  expect(await gateway.exit).toBe(1);
});

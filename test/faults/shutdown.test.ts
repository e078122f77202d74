/** The process exits within SHUTDOWN_TIMEOUT_MS and a second, whatever hangs. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { metric, type Running, startProgram } from '../program.ts';
import { realComponents } from '../real-components.ts';
import { hang, reply, startUpstream } from '../recording-upstream.ts';
import { missingRedis, startRedis } from '../shared-cache/redis.ts';

const SHUTDOWN_TIMEOUT_MS = 1000;
const ENV = { SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS) };
const STORES = '{info{stores{id}}}';

/** @returns the exit code */
async function stopInTime(gateway: Running): Promise<number | null> {
  const startedAt = performance.now();
  gateway.signal('SIGTERM');
  const code = await gateway.exit;
  expect(performance.now() - startedAt).toBeLessThan(SHUTDOWN_TIMEOUT_MS + 1000);
  return code;
}

function post(gateway: Running, query: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': 'token-of-shutdown-test' };
  return fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
}

/** A pipe of the operating system, which has 64 kB. */
function openPipe() {
  const path = join(mkdtempSync(join(tmpdir(), 'pipe-')), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { path, reader, writer: openSync(path, constants.O_WRONLY) };
}

const droppedLines = (gateway: Running) => metric(gateway, 'glance_graphql_log_lines_dropped_total');

/** Makes `count` log lines of some 15 kB each. */
async function writeLongLines(gateway: Running, count: number): Promise<void> {
  const url = `${gateway.url}/${'x'.repeat(15_000)}`;
  for (let done = 0; done < count; done += 20) {
    await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
  }
}

describe('SIGTERM ends the process in time with', () => {
  test('a standard output that nobody reads; lines beyond the limit are dropped and counted', async () => {
    const pipe = openPipe();
    await using gateway = await startProgram({ ...ENV }, pipe.writer);
    closeSync(pipe.writer);
    await writeLongLines(gateway, 40);
    expect(await droppedLines(gateway)).toBe(0);
    await writeLongLines(gateway, 1200);
    await expect.poll(() => droppedLines(gateway), { interval: 600, timeout: 10_000 }).toBeGreaterThan(20);
    expect((await post(gateway, STORES)).status).toBe(200);
    expect(await stopInTime(gateway)).toBe(0);
    closeSync(pipe.reader);
  });

  test('a standard output that is read again: what was not dropped is written', async () => {
    const pipe = openPipe();
    await using gateway = await startProgram({ ...ENV }, pipe.writer);
    closeSync(pipe.writer);
    await writeLongLines(gateway, 100);
    const stopped = stopInTime(gateway);
    const chunk = Buffer.alloc(65_536);
    let text = '';
    let isOver = false;
    void gateway.exit.then(() => {
      isOver = true;
    });
    const readAll = () => {
      try {
        for (let bytes = readSync(pipe.reader, chunk); bytes > 0; bytes = readSync(pipe.reader, chunk))
          text += chunk.toString('latin1', 0, bytes);
      } catch {
        // Nothing to read now.
      }
    };
    while (!isOver) {
      readAll();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    readAll();
    expect(await stopped).toBe(0);
    expect(text.match(/"msg":"request"/g)).toHaveLength(100);
    closeSync(pipe.reader);
  });

  test('a standard output and standard error that nobody reads any more', async () => {
    const pipe = openPipe();
    const writeOnSignal = 'process.on("SIGUSR2", () => process.stderr.write("to nobody\\n"))';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(writeOnSignal)}`;
    await using gateway = await startProgram({ ...ENV, NODE_OPTIONS }, pipe.writer);
    closeSync(pipe.writer);
    closeSync(pipe.reader);
    gateway.closeErrors();
    for (let time = 0; time < 3; time += 1) {
      gateway.signal('SIGUSR2');
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect((await post(gateway, STORES)).status).toBe(200);
    }
    await expect.poll(() => droppedLines(gateway), { interval: 600 }).toBeGreaterThanOrEqual(3);
    expect(await stopInTime(gateway)).toBe(0);
  });

  test('an upstream that hangs', async () => {
    await using upstream = await startUpstream(hang);
    await using gateway = await startProgram({ ...ENV, GLANCE_URL: upstream.url });
    const response = post(gateway, STORES).catch(() => 'aborted');
    await expect.poll(() => upstream.seen.length).toBe(1);
    gateway.closeErrors();
    expect(await stopInTime(gateway)).toBe(1);
    expect(await response).toBe('aborted');
  });

  test('callers that never read their responses', async () => {
    const stores = Array.from({ length: 900 }, (_, index) => ({ id: `store-${index}`, description: 'x'.repeat(1000) }));
    await using upstream = await startUpstream(reply(200, { stores }));
    await using gateway = await startProgram({ ...ENV, GLANCE_URL: upstream.url });
    const { hostname, port } = new URL(gateway.url);
    const body = JSON.stringify({ query: '{info{stores{id description}}}' });
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(Number(port), hostname).pause();
      socket.on('error', () => {}).write((head + body).repeat(20));
      return socket;
    });
    await expect.poll(() => upstream.seen.length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // It has responded to all that it has read.
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect(await stopInTime(gateway)).toBe(1);
    for (const socket of sockets) socket.destroy();
  });

  // As a DNS lookup without a response.
  test('a thread that is blocked', async () => {
    const { path, reader, writer } = openPipe();
    closeSync(reader);
    closeSync(writer);
    const block = `import { open } from 'node:fs'; open(${JSON.stringify(path)}, 'r', () => {});`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(block)}`;
    await using gateway = await startProgram({ ...ENV, NODE_OPTIONS });
    expect((await post(gateway, STORES)).status).toBe(200);
    expect(await stopInTime(gateway)).toBe(0);
  });

  const { skip } = realComponents(missingRedis);
  test.skipIf(skip)('a Redis that is stopped (SIGSTOP)', async () => {
    await using redis = await startRedis();
    await using gateway = await startProgram({ ...ENV, CACHE_URL: redis.url });
    expect((await post(gateway, STORES)).status).toBe(200);
    redis.signal('SIGSTOP');
    expect((await post(gateway, '{info{usage{enabled}}}')).status).toBe(200);
    expect(await stopInTime(gateway)).toBe(0);
  });
});

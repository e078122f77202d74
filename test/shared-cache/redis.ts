/** Starts a real Redis. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { createClient } from '@redis/client';
import { freePort } from '../../scripts/free-port.ts';

const REDIS = '/usr/bin/redis-server';

export const missingRedis = existsSync(REDIS) ? [] : [REDIS];

export interface Redis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  signal(name: NodeJS.Signals): void;
  entryCount(): Promise<number>;
}

interface RedisOptions {
  readonly port?: number;
  readonly password?: string;
  /** Commands that it does not know, as an older server. */
  readonly without?: readonly string[];
  /** Further settings, such as `--replicaof`. */
  readonly settings?: readonly string[];
}

/** Starts one on a free port, unless `port` is given. */
export async function startRedis({
  port,
  password = '',
  without = [],
  settings: further = [],
}: RedisOptions = {}): Promise<Redis> {
  const actualPort = port ?? (await freePort());
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(actualPort),
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    tmpdir(),
    ...without.flatMap((command) => ['--rename-command', command, '']),
    ...further,
  ];
  const child = spawn(REDIS, [...settings, ...(password === '' ? [] : ['--requirepass', password])], {
    stdio: 'ignore',
  });
  while (!(await isOpen(actualPort))) await new Promise((resolve) => setTimeout(resolve, 20));
  const url = `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${actualPort}`;
  return {
    url,
    port: actualPort,
    signal: (name) => child.kill(name),
    async entryCount() {
      const client = await createClient({ url }).connect();
      const count = await client.dbSize();
      client.destroy();
      return count;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

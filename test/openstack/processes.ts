/** Starts the programs of a cloud on loopback, each in a process group of its own, and ends them by that group's id. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export const run = promisify(execFile);

export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly logFile: string;
  /** Sends the signal to the service and all its workers. */
  signal(name: NodeJS.Signals): void;
  /** Starts it anew where it was, when it has ended. */
  restart(): Promise<void>;
}

export interface ServiceOptions {
  readonly url: string;
  /** Below `url`; the service is up when it answers there. */
  readonly readyPath: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

const STARTS_WITHIN_MS = 60_000;

/** @throws with the end of the service's log when it does not come up */
export async function startService(command: readonly string[], options: ServiceOptions): Promise<Service> {
  let child = await spawnService(command, options);
  return {
    url: options.url,
    logFile: options.logFile,
    signal: (name) => killGroup(child, name),
    async restart() {
      child = await spawnService(command, options);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      killGroup(child, 'SIGKILL');
      await ended;
    },
  };
}

async function spawnService(
  [program = '', ...args]: readonly string[],
  options: ServiceOptions,
): Promise<ChildProcess> {
  const log = openSync(options.logFile, 'a');
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  });
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${tail(options.logFile)}`);
      return fetch(options.url + options.readyPath).then(
        () => true,
        () => false,
      );
    },
    () => `${program} did not come up: ${tail(options.logFile)}`,
  );
  return child;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
}

async function until(isDone: () => Promise<boolean>, complaint: () => string): Promise<void> {
  const end = performance.now() + STARTS_WITHIN_MS;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-2000);
}

/** Starts services, each in its own process group, and stops them by the id of that group. */
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
  /** Starts it again after it has exited. */
  restart(): Promise<void>;
}

export interface ServiceOptions {
  readonly url: string;
  /** A path below `url`; the service is ready when it responds there. */
  readonly readyPath: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 60_000;

/** @throws Error with the end of the service's log when it does not become ready */
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
      if (child.exitCode !== null) throw new Error(`${program} exited: ${tail(options.logFile)}`);
      return fetch(options.url + options.readyPath).then(
        () => true,
        () => false,
      );
    },
    () => `${program} did not become ready: ${tail(options.logFile)}`,
  );
  return child;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
}

async function until(isDone: () => Promise<boolean>, timeoutMessage: () => string): Promise<void> {
  const end = performance.now() + START_TIMEOUT_MS;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(timeoutMessage());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-2000);
}

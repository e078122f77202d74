/**
 * Starts services, each in its own process group. The id of the group is in a file, so that every process of the tests can
 * signal, stop and restart a service that another one started.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

export const run = promisify(execFile);

/** How a service is started. */
export interface Start {
  readonly command: readonly string[];
  readonly url: string;
  /** A path below `url`; the service is ready when it responds there. */
  readonly readyPath: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

export type ServiceOptions = Omit<Start, 'command'>;

export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly logFile: string;
  readonly start: Start;
  /** Sends the signal to the service and all its workers. */
  signal(name: NodeJS.Signals): void;
  /** Starts it again after it was disposed of. */
  restart(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** @throws Error with the end of the service's log when it does not become ready */
export async function startService(command: readonly string[], options: ServiceOptions): Promise<Service> {
  const service = attachService({ ...options, command });
  await service.restart();
  return service;
}

/** A service that this or another process started. */
export function attachService(start: Start): Service {
  return {
    url: start.url,
    logFile: start.logFile,
    start,
    signal: (name) => killGroup(start, name),
    async restart() {
      await using stopAfterFailure = new AsyncDisposableStack();
      stopAfterFailure.defer(() => stop(start));
      await spawnUntilReady(start);
      stopAfterFailure.move();
    },
    [Symbol.asyncDispose]: () => stop(start),
  };
}

/** Ends a service while `act` runs, and starts it again. */
export async function withoutService<T>(service: Service, act: () => Promise<T>): Promise<T> {
  await service[Symbol.asyncDispose]();
  try {
    return await act();
  } finally {
    await service.restart();
  }
}

/** Stops a service while `act` runs, so that it does not respond. */
export async function whileStopped<T>(service: Service, act: () => Promise<T>): Promise<T> {
  service.signal('SIGSTOP');
  try {
    return await act();
  } finally {
    service.signal('SIGCONT');
  }
}

const groupFile = ({ logFile }: Start) => `${logFile}.group`;

function killGroup(start: Start, signal: NodeJS.Signals): void {
  process.kill(-Number(readFileSync(groupFile(start), 'utf8')), signal);
}

async function spawnUntilReady(start: Start): Promise<void> {
  const [program = '', ...args] = start.command;
  const log = openSync(start.logFile, 'a');
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...start.env },
  });
  // The process that started it may end before it.
  child.unref();
  writeFileSync(groupFile(start), String(child.pid));
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`${program} exited: ${tail(start.logFile)}`);
      return responds(start.url + start.readyPath);
    },
    START_TIMEOUT_MS,
    () => `${program} did not become ready: ${tail(start.logFile)}`,
  );
}

/** Nothing listens at its port afterwards. */
async function stop(start: Start): Promise<void> {
  if (!existsSync(groupFile(start))) return;
  try {
    killGroup(start, 'SIGKILL');
  } catch {
    // It has exited.
  }
  rmSync(groupFile(start));
  await until(
    async () => !(await responds(start.url)),
    STOP_TIMEOUT_MS,
    () => `${start.url} is still served`,
  );
}

const responds = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

async function until(isDone: () => Promise<boolean>, timeoutMs: number, timeoutMessage: () => string): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(timeoutMessage());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-2000);
}

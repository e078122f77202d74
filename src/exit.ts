/** Ends the process, even if a thread or the log hangs. */
import type { Logger } from './telemetry/logger.ts';

/** How long the end waits for log lines to be read and for threads to return, in milliseconds. */
const GRACE_MS = 400;
const POLL_MS = 20;

/** Exits once the log is written. */
export function exitAfterLogging(code: number, logger: Logger): void {
  let isLogged = false;
  logger.flush(() => {
    isLogged = true;
  });
  const endsAt = performance.now() + GRACE_MS;
  const tryToExit = () => {
    const isDone = isLogged && !isThreadBusy();
    if (isDone || performance.now() >= endsAt) exitNow(code);
    else setTimeout(tryToExit, POLL_MS);
  };
  tryToExit();
}

/**
 * `process.exit` waits for the threads of libuv, and a DNS lookup may take a minute. A thread can't be stopped, but replacing the
 * program ends them all. A signal would not end the first process of a container.
 */
export function exitNow(code: number): never {
  if (isThreadBusy()) {
    process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${code})`], {});
    process.kill(process.pid, 'SIGKILL');
  }
  process.exit(code);
}

function isThreadBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(?:GetAddrInfo|GetNameInfo|FS)Req/.test(name));
}

/** Starts programs on a chosen core, stops them, and reads their CPU time and memory from `/proc`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The server under test has its own core. The load generator and the upstream share the other one. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
export const isPinned = availableParallelism() > 1 && existsSync('/usr/bin/taskset');

export type Environment = Readonly<Record<string, string>>;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
// Without a handler these signals end the process without its `exit` handlers.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.on(signal, () => process.exit(128 + number));
}

/** @param timeoutMs after which the program is killed; 0 for no limit */
export function startPinned(
  core: number,
  command: readonly string[],
  env: Environment,
  { cwd, timeoutMs = 0 }: { readonly cwd?: string; readonly timeoutMs?: number } = {},
): ChildProcess {
  const [program = '', ...args] = isPinned ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** The output of a program until it ends, or until the output matches. */
export async function outputOf(child: ChildProcess, until?: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (until?.test(text)) {
      child.stdout?.resume();
      return text;
    }
  }
  if (until) throw new Error(`${child.spawnargs.join(' ')} ended: ${text}`);
  return text;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killTimer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(killTimer);
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of all threads since the process started, in microseconds; see proc_pid_stat(5). */
export function cpuMicrosOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the program's name, is in parentheses and may contain spaces. `utime` and `stime` are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
}

export function memoryMbOf(child: ChildProcess): number {
  return statusMb(child, 'VmRSS');
}

/** The peak resident memory since the start or the last `resetPeakMemory`. */
export function peakMemoryMbOf(child: ChildProcess): number {
  return statusMb(child, 'VmHWM');
}

export function resetPeakMemory({ pid }: ChildProcess): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function statusMb({ pid }: ChildProcess, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

/** Removed when this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

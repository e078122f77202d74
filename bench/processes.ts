/** Starts programs on the core they are given, and ends them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The server under test has a core for itself; load and upstream share the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
export const isPinned = availableParallelism() > 1 && existsSync('/usr/bin/taskset');

/** Node's, as `npm start` has them. */
export const FLAGS = ['--max-semi-space-size=16'];

export type Environment = Readonly<Record<string, string>>;

export function startPinned(core: number, command: readonly string[], env: Environment): ChildProcess {
  const [program = '', ...args] = isPinned ? ['taskset', '-c', String(core), ...command] : command;
  return spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** What a program writes until it ends, or until the text matches. */
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
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(late);
}

/** The most memory that a process had since `forgetPeak`, in MB. */
export function peakOf({ pid }: ChildProcess): number {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

export function forgetPeak({ pid }: ChildProcess): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** It is there until this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

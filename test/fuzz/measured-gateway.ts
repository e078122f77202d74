/** A gateway in a process of its own, whose CPU time and memory are measured for each request. Reads `/proc`, so Linux only. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startProgram } from '../program.ts';
import { startLargeCloud } from './large-cloud.ts';

export interface Measured {
  readonly status: number;
  readonly text: string;
  /** User and system time of all threads, in milliseconds. */
  readonly cpuMs: number;
  /** By which the peak of the resident memory exceeds the memory before. */
  readonly memoryMb: number;
  /** The longest response time of `/healthz` meanwhile. */
  readonly healthMs: number;
}

export interface MeasuredGateway extends AsyncDisposable {
  measure(body: string, token: string): Promise<Measured>;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** Compilation and garbage collection continue after the response. */
const SETTLE_MS = 50;

/** See proc_pid_stat(5). */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000;
}

function memoryMbOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

export async function startMeasuredGateway(): Promise<MeasuredGateway> {
  const cloud = await startLargeCloud();
  const {
    url,
    pid,
    [Symbol.asyncDispose]: stop,
  } = await startProgram({ OS_AUTH_URL: `${cloud.url}/v3`, LOG_LEVEL: 'warn' });

  async function send(body: string, token: string): Promise<{ status: number; text: string }> {
    const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': token };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
    const text = await response.text();
    if (response.status !== 503) return { status: response.status, text };
    await delay(100);
    return send(body, token);
  }

  async function longestHealthCheck(until: Promise<unknown>): Promise<number> {
    let isDone = false;
    until.finally(() => {
      isDone = true;
    });
    let longest = 0;
    do {
      const startedAt = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      longest = Math.max(longest, performance.now() - startedAt);
      await delay(5);
    } while (!isDone);
    return longest;
  }

  return {
    async measure(body, token) {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
      const [cpuBefore, memoryBefore] = [cpuMsOf(pid), memoryMbOf(pid, 'VmRSS')];
      const sent = send(body, token);
      const healthMs = await longestHealthCheck(sent);
      const response = await sent;
      await delay(SETTLE_MS);
      return {
        ...response,
        cpuMs: cpuMsOf(pid) - cpuBefore,
        memoryMb: memoryMbOf(pid, 'VmHWM') - memoryBefore,
        healthMs,
      };
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

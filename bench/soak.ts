/**
 * `npm run soak`: mixed load for `SOAK_MINUTES` (5), every second request a document that was never seen, all tokens new. Tells how
 * memory and open files went, and ends with 1 when memory grew past 250 MB or kept growing, or an answer was not what it should be.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { freePort } from '../scripts/free-port.ts';
import { FLAGS, LOAD_CORE, outputOf, SERVER_CORE, startPinned, stop } from './processes.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 5);
const CALLERS = 32;
const MAX_MEMORY_MB = 250;
/** What memory may still grow by in a minute of the second half. */
const MAX_SLOPE_MB = 2;
const SAMPLE_EVERY_MS = 1000;

const here = (file: string) => new URL(file, import.meta.url).pathname;

interface Sample {
  readonly minute: number;
  readonly memoryMb: number;
  readonly files: number;
}

const FIELDS = [
  'importMethods{value}',
  'stores{id}',
  'storesDetail{id type weight}',
  'usage{enabled quotas{name usage}}',
];

/** What is asked in the so many-th request, and whether it is to be answered with data. */
function requestOf(number: number): { readonly body: string; readonly isGood: boolean } {
  const fields = FIELDS.filter((_field, index) => (number >> (index + 1)) & 1).join(' ') || 'region{id}';
  const kind = number % 20;
  if (kind === 19) return { body: JSON.stringify({ query: `{info{nothing${number}}}` }), isGood: false };
  if (kind === 18)
    return {
      body: JSON.stringify({ query: `query Q${number}($r:ID){info(region:$r){${fields}}}`, variables: { r: null } }),
      isGood: true,
    };
  if (kind % 2 === 1)
    return { body: JSON.stringify({ query: `query Q${number}{info{a${number}:region{id} ${fields}}}` }), isGood: true };
  return { body: JSON.stringify({ query: `{info{${fields}}}` }), isGood: true };
}

async function main(): Promise<number> {
  const upstream = startPinned(LOAD_CORE, [process.execPath, here('upstream.ts')], {});
  const upstreamUrl = (await outputOf(upstream, /\n/)).trim();
  const port = await freePort();
  const gateway = startPinned(SERVER_CORE, [process.execPath, ...FLAGS, here('../src/main.ts')], {
    GLANCE_URL: upstreamUrl,
    PORT: String(port),
  });
  gateway.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    ))
  )
    await pause(50);
  const pool = new Pool(url, { connections: CALLERS });
  const begin = performance.now();
  const end = begin + MINUTES * 60_000;
  const minute = () => (performance.now() - begin) / 60_000;
  const samples: Sample[] = [];
  let [requests, wrong] = [0, 0];

  const sampling = setInterval(() => {
    const sample = { minute: minute(), memoryMb: memoryOf(gateway.pid ?? 0), files: filesOf(gateway.pid ?? 0) };
    samples.push(sample);
    if (samples.length % 30 === 0) {
      process.stdout.write(
        `${sample.minute.toFixed(1)} min: ${requests} requests, ${sample.memoryMb} MB, ${sample.files} open files, ${wrong} wrong\n`,
      );
    }
  }, SAMPLE_EVERY_MS);
  const caller = async () => {
    while (performance.now() < end) {
      requests += 1;
      const { body, isGood } = requestOf(requests);
      const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': `soak-${requests}` };
      const answer = await pool.request({ method: 'POST', path: '/graphql', headers, body });
      const text = await answer.body.text();
      if (isGood !== text.startsWith('{"data":{"info":{')) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  clearInterval(sampling);
  await pool.close();
  await stop(gateway);
  await stop(upstream);

  const peak = Math.max(...samples.map(({ memoryMb }) => memoryMb));
  const slope = slopeOf(samples.slice(samples.length / 2));
  const files = Math.max(...samples.map((sample) => sample.files));
  process.stdout.write(
    `${requests} requests in ${MINUTES} min, half of them of new documents, all of new tokens: peak ${peak} MB, in the second half ` +
      `${slope.toFixed(1)} MB a minute, at most ${files} open files, ${wrong} wrong answers.\n`,
  );
  return peak > MAX_MEMORY_MB || slope > MAX_SLOPE_MB || wrong > 0 ? 1 : 0;
}

/** Least squares, in MB a minute. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ minute }) => minute)), mean(samples.map(({ memoryMb }) => memoryMb))];
  const over = samples.reduce((sum, { minute, memoryMb }) => sum + (minute - x) * (memoryMb - y), 0);
  return over / samples.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
}

function memoryOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const filesOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

process.exitCode = await main();

/**
 * `npm run soak`: mixed load for `SOAK_MINUTES` (5). Half of the requests have a new document, all have a new token. Prints memory
 * and open files, and exits with 1 when memory exceeds 250 MB or keeps growing, or when a response is wrong.
 */
import { readdirSync } from 'node:fs';
import { Pool } from 'undici';
import { SHIPPED } from './gateways.ts';
import { memoryMbOf } from './processes.ts';
import { type Server, startOne, startUpstream } from './servers.ts';
import { slopeOf } from './statistics.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 5);
const CALLERS = 32;
const MAX_MEMORY_MB = 250;
/** In the second half. */
const MAX_GROWTH_MB_PER_MINUTE = 2;
const SAMPLE_INTERVAL_MS = 1000;
const SAMPLES_PER_LINE = 30;

interface Sample {
  readonly minute: number;
  readonly memoryMb: number;
  readonly openFiles: number;
}

const FIELDS = [
  'importMethods{value}',
  'stores{id}',
  'storesDetail{id type weight}',
  'usage{enabled quotas{name usage}}',
];

/** The body of a request by its number, and whether its response has data. */
function requestFor(number: number): { readonly body: string; readonly isValid: boolean } {
  const fields = FIELDS.filter((_field, index) => (number >> (index + 1)) & 1).join(' ') || 'region{id}';
  const kind = number % 20;
  const variables = { r: null };
  if (kind === 19) return { body: JSON.stringify({ query: `{info{nothing${number}}}` }), isValid: false };
  if (kind === 18) {
    const query = `query Q${number}($r:ID){info(region:$r){${fields}}}`;
    return { body: JSON.stringify({ query, variables }), isValid: true };
  }
  const query = kind % 2 === 1 ? `query Q${number}{info{a${number}:region{id} ${fields}}}` : `{info{${fields}}}`;
  return { body: JSON.stringify({ query }), isValid: true };
}

interface Traffic {
  requests: number;
  wrongResponses: number;
}

async function sendMixedLoad(url: string, endsAt: number, traffic: Traffic): Promise<void> {
  const pool = new Pool(url, { connections: CALLERS });
  const caller = async () => {
    while (performance.now() < endsAt) {
      traffic.requests += 1;
      const { body, isValid } = requestFor(traffic.requests);
      const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': `soak-${traffic.requests}` };
      const response = await pool.request({ method: 'POST', path: '/graphql', headers, body });
      const text = await response.body.text();
      if (isValid !== text.startsWith('{"data":{"info":{')) traffic.wrongResponses += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await pool.close();
}

function takeSample({ process: child }: Server, startedAt: number): Sample {
  const minute = (performance.now() - startedAt) / 60_000;
  return { minute, memoryMb: memoryMbOf(child), openFiles: readdirSync(`/proc/${child.pid}/fd`).length };
}

async function main(): Promise<number> {
  await using upstream = await startUpstream(0);
  await using stack = new AsyncDisposableStack();
  const server = await startOne(SHIPPED, upstream, stack);
  const startedAt = performance.now();
  const samples: Sample[] = [];
  const traffic: Traffic = { requests: 0, wrongResponses: 0 };
  const sampling = setInterval(() => {
    const sample = takeSample(server, startedAt);
    samples.push(sample);
    if (samples.length % SAMPLES_PER_LINE !== 0) return;
    const { minute, memoryMb, openFiles } = sample;
    process.stdout.write(
      `${minute.toFixed(1)} min: ${traffic.requests} requests, ${memoryMb} MB, ${openFiles} open files, ${traffic.wrongResponses} wrong responses\n`,
    );
  }, SAMPLE_INTERVAL_MS);
  await sendMixedLoad(server.url, startedAt + MINUTES * 60_000, traffic);
  clearInterval(sampling);

  const peak = Math.max(...samples.map(({ memoryMb }) => memoryMb));
  const secondHalf = samples.slice(samples.length / 2).map(({ minute, memoryMb }) => ({ x: minute, y: memoryMb }));
  const growth = slopeOf(secondHalf);
  const openFiles = Math.max(...samples.map((sample) => sample.openFiles));
  process.stdout.write(
    `${traffic.requests} requests in ${MINUTES} min: peak memory ${peak} MB, growth in the second half ${growth.toFixed(1)} MB a minute, ` +
      `at most ${openFiles} open files, ${traffic.wrongResponses} wrong responses.\n`,
  );
  return peak > MAX_MEMORY_MB || growth > MAX_GROWTH_MB_PER_MINUTE || traffic.wrongResponses > 0 ? 1 : 0;
}

process.exitCode = await main();

/**
 * `npm run soak`: mixed load for `SOAK_MINUTES` (5). Half of the requests have a new document, all have a new token. One in five is
 * hostile: large catalogs, responses and nested lists that no two tokens share, wrong representations, and operations at the limits.
 * Prints memory and open files, and exits with 1 when memory exceeds 250 MB or keeps growing, or when a response is wrong.
 */
import { readdirSync } from 'node:fs';
import { Pool } from 'undici';
import { gateway, SETUPS } from './gateways.ts';
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
const OVERLOADED = 503;

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

interface SoakRequest {
  readonly query: string;
  readonly variables?: unknown;
  /** `large-` for the large responses of the upstream. */
  readonly tokenPrefix?: string;
  /** How a right response begins. */
  readonly begin?: string;
}

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}:${field}`).join(' ');
const ENTITIES = 'query($r:[_Any!]!){_entities(representations:$r){...on ImageStore{id detail{properties{raw}}}}}';
const WRONG = Array.from({ length: 900 }, () => ({ __typename: 'ImageStore', id: 1 }));
const UNKNOWN = Array.from({ length: 700 }, (_, index) => ({
  __typename: 'ImageStore',
  id: `s${index}`,
  region: { id: 'RegionOne' },
}));

/** By the number of the request, modulo 20. */
const HOSTILE: Readonly<Record<number, SoakRequest>> = {
  3: { query: '{info{stores{id description}}}', tokenPrefix: 'large-' },
  7: { query: '{info{storesDetail{properties{raw}}}}', tokenPrefix: 'large-' },
  11: { query: ENTITIES, variables: { r: WRONG }, begin: '{"errors":[' },
  13: { query: ENTITIES, variables: { r: UNKNOWN }, begin: '{"data":{"_entities":[null' },
  17: {
    query: `{imageRegions{info{storesDetail{${aliases(25, 'properties{raw}')}}}}}`,
    begin: '{"data":{"imageRegions":[',
  },
};

function requestFor(number: number): SoakRequest {
  const fields = FIELDS.filter((_field, index) => (number >> (index + 1)) & 1).join(' ') || 'region{id}';
  const kind = number % 20;
  const hostile = HOSTILE[kind];
  if (hostile !== undefined) return { ...hostile, query: `${hostile.query}#${number}` };
  if (kind === 19) return { query: `{info{nothing${number}}}`, begin: '{"errors":[' };
  if (kind === 18) return { query: `query Q${number}($r:ID){info(region:$r){${fields}}}`, variables: { r: null } };
  return { query: kind % 2 === 1 ? `query Q${number}{info{a${number}:region{id} ${fields}}}` : `{info{${fields}}}` };
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
      const { query, variables, tokenPrefix = 'soak-', begin = '{"data":{"info":{' } = requestFor(traffic.requests);
      const token = `${tokenPrefix}${traffic.requests}`;
      const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': token };
      const body = JSON.stringify({ query, variables });
      const response = await pool.request({ method: 'POST', path: '/graphql', headers, body });
      const text = await response.body.text();
      // An overloaded gateway sheds load.
      if (response.statusCode !== OVERLOADED && !text.startsWith(begin)) traffic.wrongResponses += 1;
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
  await using server = await startOne(gateway(SETUPS.keystone), upstream);
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

/** Expensive requests of up to 100 kB within the limits of the gateway, with the CPU time and the response size of each. */
import { setTimeout as delay } from 'node:timers/promises';
import { SHIPPED } from './gateways.ts';
import { cpuMicrosOf } from './processes.ts';
import { ROUNDS } from './rounds.ts';
import { type Server, startOne, startUpstream } from './servers.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface WorstRequestResult {
  readonly name: string;
  readonly cpuMs: Spread;
  readonly status: number;
  readonly responseBytes: number;
}

const MAX_ALIASES = 100;
const MAX_ROOT_FIELDS = 20;
const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const STORE_DETAIL = 'storesDetail{id description default readOnly type weight properties{raw}}';
/** About 60 kB of variables, of which 65,536 characters are accepted. */
const REPRESENTATIONS = Array.from({ length: 900 }, (_, index) => ({
  __typename: 'ImageStore',
  id: 'abcd'[index % 4],
  region: { id: 'RegionOne' },
}));

interface Body {
  readonly query: string;
  readonly variables?: unknown;
}

/** @param id makes the document a new one, which no cache knows */
const REQUESTS: readonly (readonly [name: string, body: (id: string) => Body])[] = [
  [
    '100 aliases of storesDetail',
    (id) => ({ query: `query ${id}{info{${repeat(MAX_ALIASES, (i) => `a${i}:${STORE_DETAIL}`)}}}` }),
  ],
  [
    '20 aliases of info, each with all calls',
    (id) => ({ query: `query ${id}{${repeat(MAX_ROOT_FIELDS, (i) => `a${i}:${SHIPPED.queries.Q2.slice(1, -1)}`)}}` }),
  ],
  [
    '900 entities with their detail',
    (id) => ({
      query: `query ${id}($r:[_Any!]!){_entities(representations:$r){...on ImageStore{id description default readOnly detail{type weight properties{raw}}}}}`,
      variables: { r: REPRESENTATIONS },
    }),
  ],
  [
    '900 entities with 90 aliases of one field',
    (id) => ({
      query: `query ${id}($r:[_Any!]!){_entities(representations:$r){...on ImageStore{${repeat(90, (i) => `a${i}:description`)}}}}`,
      variables: { r: REPRESENTATIONS },
    }),
  ],
  [
    '900 entities with 90 aliases of their detail',
    (id) => ({
      query: `query ${id}($r:[_Any!]!){_entities(representations:$r){...on ImageStore{${repeat(90, (i) => `a${i}:detail{properties{raw}}`)}}}}`,
      variables: { r: REPRESENTATIONS },
    }),
  ],
  ['unknown fields', (id) => ({ query: `query ${id}{info{${repeat(1900, (i) => `unknown${i}`)}}}` })],
  ['fields that have to be merged', (id) => ({ query: `query ${id}{info{${'stores{id}'.repeat(450)}}}` })],
  ['a document of 90 kB', (id) => ({ query: `query ${id}{info{stores{id}}} #${'x'.repeat(90_000)}` })],
];

/** Sends each request `BENCH_ROUNDS` times to an idle gateway, as a new document each time. */
export async function measureWorstRequests(): Promise<readonly WorstRequestResult[]> {
  await using upstream = await startUpstream(0);
  await using server = await startOne(SHIPPED, upstream);
  const results: WorstRequestResult[] = [];
  for (const [index, [name, body]] of REQUESTS.entries()) {
    const rounds: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push(await measureRequest(server, JSON.stringify(body(`Q${index}x${round}`))));
    }
    results.push({
      name,
      cpuMs: spreadOf(rounds.map(({ cpuMs }) => cpuMs)),
      status: rounds[0]?.status ?? Number.NaN,
      responseBytes: Math.max(...rounds.map((one) => one.responseBytes)),
    });
  }
  return results;
}

/** Garbage collection and compilation in the background continue after the response. */
const SETTLE_MS = 200;
const OVERLOADED = 503;
const MAX_ATTEMPTS = 50;

interface Measured {
  readonly cpuMs: number;
  readonly status: number;
  readonly responseBytes: number;
}

/** Repeated while the gateway sheds load, as it does after a request that blocked its event loop. */
async function measureRequest(server: Server, body: string): Promise<Measured> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const cpuBefore = cpuMicrosOf(server.process);
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'token-1' },
      body,
    });
    const { byteLength } = await response.arrayBuffer();
    await delay(SETTLE_MS);
    const cpuMs = (cpuMicrosOf(server.process) - cpuBefore) / 1000;
    if (response.status !== OVERLOADED) return { cpuMs, status: response.status, responseBytes: byteLength };
  }
  throw new Error(`${server.contender.name} stays overloaded`);
}

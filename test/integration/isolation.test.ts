/**
 * A property: whatever callers with random permissions request in random order, each receives only data that the upstream
 * gave, or would have given, to that caller within the cache's time to live.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, startUpstream } from '../recording-upstream.ts';

const TTL_MS = 60;
const TOKENS = ['alice', 'bob', 'carol', undefined] as const;
const REGIONS = ['one', 'two'] as const;
const FIELDS = {
  importMethods: 'importMethods { description }',
  stores: 'stores { id }',
  storesDetail: 'storesDetail { id type }',
  usage: 'usage { quotas { name } }',
} as const;
type Field = keyof typeof FIELDS;

const PATHS: Readonly<Record<string, Field>> = {
  '/v2/info/import': 'importMethods',
  '/v2/info/stores': 'stores',
  '/v2/info/stores/detail': 'storesDetail',
  '/v2/info/usage': 'usage',
};

/** What the upstreams respond to each token, now and in the past. */
class UpstreamState {
  epoch = 0;
  /** When each epoch ended, as `performance.now()`. */
  readonly endedAt: number[] = [];
  readonly forbidden = new Map<string, Set<Field>>();
  /** When a field was last forbidden to a token. */
  readonly forbiddenAt = new Map<string, number>();

  startEpoch(): void {
    this.endedAt[this.epoch] = performance.now();
    this.epoch += 1;
  }

  isForbidden(token: string, field: Field): boolean {
    return this.forbidden.get(token)?.has(field) ?? false;
  }

  togglePermission(token: string, field: Field): void {
    const fields = this.forbidden.get(token) ?? new Set();
    this.forbidden.set(token, fields);
    if (fields.delete(field)) this.forbiddenAt.delete(`${token} ${field}`);
    else {
      fields.add(field);
      this.forbiddenAt.set(`${token} ${field}`, performance.now());
    }
  }
}

const upstreamOf =
  (state: UpstreamState, region: string): Behaviour =>
  (request, response) => {
    const field = PATHS[request.url ?? ''];
    const token = String(request.headers['x-auth-token'] ?? 'anonymous');
    if (field === undefined) return void response.writeHead(404).end();
    if (state.isForbidden(token, field)) return void response.writeHead(403).end();
    const mark = `${token}|${region}|${field}|${state.epoch}`;
    const quota = { usage: 1, limit: 2 };
    const bodies = {
      importMethods: { 'import-methods': { description: mark, type: 'array', value: [] } },
      stores: { stores: [{ id: mark }] },
      storesDetail: { stores: [{ id: mark, type: 'file', weight: 1, properties: {} }] },
      usage: { usage: { [mark]: quota } },
    };
    // Delays make calls overlap with later requests.
    setTimeout(() => response.end(JSON.stringify(bodies[field])), Math.random() * 15);
  };

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('query' as const),
      token: fc.constantFrom(...TOKENS),
      region: fc.constantFrom(...REGIONS),
      fields: fc.subarray(Object.keys(FIELDS) as Field[], { minLength: 1 }),
      noCache: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('new epoch' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('toggle permission' as const),
      token: fc.constantFrom(...TOKENS),
      field: fc.constantFrom(...(Object.keys(FIELDS) as Field[])),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(TTL_MS) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Result {
  /** The token, region and field. */
  readonly key: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly ttlMs: number;
  /** When the upstream would no longer have given this data; infinite if it would give it still. */
  readonly outdatedAt: number;
}

/** The time to live begins when the gateway has a response, which is before each query that was waiting for it ends. */
function expectWithinTimeToLive(results: readonly Result[]): void {
  for (const { key, startedAt, ttlMs, outdatedAt } of results) {
    const waiting = results.filter((one) => one.key === key && one.startedAt <= outdatedAt);
    const receivedBefore = Math.max(outdatedAt, ...waiting.map(({ endedAt }) => endedAt));
    expect(startedAt).toBeLessThan(receivedBefore + ttlMs);
  }
}

/** Expects that the data are those of the caller. */
async function queryAndVerify(
  gateway: TestGateway,
  state: UpstreamState,
  query: Extract<Step, { kind: 'query' }>,
): Promise<readonly Result[]> {
  const startedAt = performance.now();
  const { status, data } = await gateway.query(
    `{info(region:"${query.region}"){${query.fields.map((field) => FIELDS[field]).join(' ')}}}`,
    {
      ...(query.token !== undefined && { token: query.token }),
      headers: { ...(query.noCache && { 'Cache-Control': 'no-cache' }) },
    },
  );
  expect(status).toBe(200);
  const results: Result[] = [];
  const info = (data as { info: Record<Field, unknown> } | null)?.info;
  const token = query.token ?? 'anonymous';
  const ttlMs = query.noCache ? 0 : TTL_MS;
  const receivedAt = performance.now();
  for (const field of query.fields) {
    const key = `${token} ${query.region} ${field}`;
    const value = info?.[field];
    if (value === null) {
      results.push({ key, startedAt, endedAt: receivedAt, ttlMs, outdatedAt: Number.POSITIVE_INFINITY });
      continue;
    }
    const [mark] = /[\w-]+\|\w+\|\w+\|\d+/.exec(JSON.stringify(value)) ?? [''];
    const [owner, region, of, epoch] = mark.split('|');
    expect([owner, region, of]).toEqual([token, query.region, field]);
    const endedAt = state.endedAt[Number(epoch)] ?? Number.POSITIVE_INFINITY;
    const forbiddenAt = state.forbiddenAt.get(`${token} ${field}`) ?? Number.POSITIVE_INFINITY;
    results.push({ key, startedAt, endedAt: receivedAt, ttlMs, outdatedAt: Math.min(endedAt, forbiddenAt) });
  }
  return results;
}

test('no caller receives data of another, or data older than the time to live', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const state = new UpstreamState();
      await using one = await startUpstream(upstreamOf(state, 'one'));
      await using two = await startUpstream(upstreamOf(state, 'two'));
      const ttl = String(TTL_MS);
      await using gateway = await startGateway({
        GLANCE_ENDPOINTS: JSON.stringify({ one: one.url, two: two.url }),
        CACHE_TTL_IMPORT_MS: ttl,
        CACHE_TTL_STORES_MS: ttl,
        CACHE_TTL_STORES_DETAIL_MS: ttl,
        CACHE_TTL_USAGE_MS: ttl,
        STALE_IF_ERROR_MS: '60000',
      });
      const queries: Promise<readonly Result[]>[] = [];
      for (const current of steps) {
        if (current.kind === 'query') queries.push(queryAndVerify(gateway, state, current));
        else if (current.kind === 'new epoch') state.startEpoch();
        else if (current.kind === 'toggle permission')
          state.togglePermission(current.token ?? 'anonymous', current.field);
        else await new Promise((resolve) => setTimeout(resolve, current.ms));
      }
      expectWithinTimeToLive((await Promise.all(queries)).flat());
    }),
    { numRuns: 25 },
  );
});

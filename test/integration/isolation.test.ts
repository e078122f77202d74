/**
 * No caller ever receives a byte that the upstream would not have given to that caller within the time that an answer is kept:
 * random callers with random rights in random order, over everything that is shared and kept.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, startUpstream } from '../recording-upstream.ts';

const KEPT_MS = 60;
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

/** What the upstreams would say to whom, now and before. */
class World {
  epoch = 0;
  /** When each epoch ended, by the clock of `performance`. */
  readonly endedAt: number[] = [];
  readonly refused = new Map<string, Set<Field>>();
  /** When a field was last refused to a token. */
  readonly refusedAt = new Map<string, number>();

  turn(): void {
    this.endedAt[this.epoch] = performance.now();
    this.epoch += 1;
  }

  isRefused(token: string, field: Field): boolean {
    return this.refused.get(token)?.has(field) ?? false;
  }

  change(token: string, field: Field): void {
    const fields = this.refused.get(token) ?? new Set();
    this.refused.set(token, fields);
    if (fields.delete(field)) this.refusedAt.delete(`${token} ${field}`);
    else {
      fields.add(field);
      this.refusedAt.set(`${token} ${field}`, performance.now());
    }
  }
}

const upstreamOf =
  (world: World, region: string): Behaviour =>
  (request, response) => {
    const field = PATHS[request.url ?? ''];
    const token = String(request.headers['x-auth-token'] ?? 'nobody');
    if (field === undefined) return void response.writeHead(404).end();
    if (world.isRefused(token, field)) return void response.writeHead(403).end();
    const mark = `${token}|${region}|${field}|${world.epoch}`;
    const quota = { usage: 1, limit: 2 };
    const bodies = {
      importMethods: { 'import-methods': { description: mark, type: 'array', value: [] } },
      stores: { stores: [{ id: mark }] },
      storesDetail: { stores: [{ id: mark, type: 'file', weight: 1, properties: {} }] },
      usage: { usage: { [mark]: quota } },
    };
    // Late answers meet requests that came in between.
    setTimeout(() => response.end(JSON.stringify(bodies[field])), Math.random() * 15);
  };

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      token: fc.constantFrom(...TOKENS),
      region: fc.constantFrom(...REGIONS),
      fields: fc.subarray(Object.keys(FIELDS) as Field[], { minLength: 1 }),
      renewed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      token: fc.constantFrom(...TOKENS),
      field: fc.constantFrom(...(Object.keys(FIELDS) as Field[])),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(KEPT_MS) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function askAndJudge(gateway: TestGateway, world: World, ask: Extract<Step, { kind: 'ask' }>): Promise<void> {
  const begun = performance.now();
  const { data } = await gateway.query(
    `{info(region:"${ask.region}"){${ask.fields.map((one) => FIELDS[one]).join(' ')}}}`,
    {
      ...(ask.token !== undefined && { token: ask.token }),
      headers: { ...(ask.renewed && { 'Cache-Control': 'no-cache' }) },
    },
  );
  const info = (data as { info: Record<Field, unknown> } | null)?.info;
  const token = ask.token ?? 'nobody';
  const keptMs = ask.renewed ? 0 : KEPT_MS;
  for (const field of ask.fields) {
    const value = info?.[field];
    if (value === null) continue;
    const [mark] = /[\w-]+\|\w+\|\w+\|\d+/.exec(JSON.stringify(value)) ?? [''];
    const [owner, region, of, epoch] = mark.split('|');
    expect([owner, region, of]).toEqual([token, ask.region, field]);
    // A shared call may have begun a little before, and its answer may have been on its way.
    const endedAt = world.endedAt[Number(epoch)] ?? Number.POSITIVE_INFINITY;
    expect(begun - endedAt).toBeLessThan(keptMs + SLACK_MS);
    const refusedAt = world.refusedAt.get(`${token} ${field}`) ?? Number.POSITIVE_INFINITY;
    expect(begun - refusedAt).toBeLessThan(keptMs + SLACK_MS);
  }
}

/** An answer of the upstream's may be so old when the gateway has it. */
const SLACK_MS = 250;

test('over all that is shared and kept', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const world = new World();
      await using one = await startUpstream(upstreamOf(world, 'one'));
      await using two = await startUpstream(upstreamOf(world, 'two'));
      const kept = String(KEPT_MS);
      await using gateway = await startGateway({
        GLANCE_ENDPOINTS: JSON.stringify({ one: one.url, two: two.url }),
        CACHE_TTL_IMPORT_MS: kept,
        CACHE_TTL_STORES_MS: kept,
        CACHE_TTL_STORES_DETAIL_MS: kept,
        CACHE_TTL_USAGE_MS: kept,
        STALE_IF_ERROR_MS: '60000',
      });
      const asking: Promise<void>[] = [];
      for (const one of steps) {
        if (one.kind === 'ask') asking.push(askAndJudge(gateway, world, one));
        else if (one.kind === 'turn') world.turn();
        else if (one.kind === 'change') world.change(one.token ?? 'nobody', one.field);
        else await new Promise((resolve) => setTimeout(resolve, one.ms));
      }
      await Promise.all(asking);
    }),
    { numRuns: 25 },
  );
});

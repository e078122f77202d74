/**
 * The fast path responds as plain execution does when requests share a document and differ by their variables and their
 * `operationName`: a property over random documents and random sequences of requests.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

const CONDITIONS = ['', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @skip(if: $no)', ' @include(if: $no)'];
const REGIONS = ['', '(region: $region)', '(region: $region)', '(region: "RegionTwo")'];

/** Fields of `Info`; `?` stands for a condition. */
const FIELDS = [
  'stores? { id default? ...S? }',
  'stores? { id readOnly? description? }',
  'stores { id detail? { type? weight } }',
  'importMethods? { value? type }',
  'apiVersions { id? status }',
  'usage? { scope projectId? imageCountTotal? { usage limit? } quotas { name? unit } }',
  'storesDetail { id? properties? { raw? ... on RbdStoreProperties { pool? fsid } } }',
  'region { id? }',
  'availability? { stores? usage }',
  '__typename?',
  '... on Info? { stores { default? } importMethods? { value } }',
];
/** Uses every variable, since one that is not used makes an operation invalid. */
const USES = '__typename @include(if: $yes) @skip(if: $no) used: info(region: $region) { __typename }';
const DECLARED = '($yes: Boolean! = true, $no: Boolean = false, $region: ID = "RegionOne")';
const NAMES = ['P', 'Q', 'R'] as const;

const field = fc
  .tuple(fc.constantFrom(...FIELDS), fc.array(fc.constantFrom(...CONDITIONS), { minLength: 6, maxLength: 6 }))
  .map(([text, conditions]) => {
    let index = 0;
    return text.replace(/\?/g, () => {
      index += 1;
      return conditions[index % conditions.length] ?? '';
    });
  });
/** A key of its own for each `info`, since arguments and conditions under one key must agree. */
const info = fc.tuple(fc.constantFrom(...REGIONS), fc.array(field, { minLength: 1, maxLength: 3 }));
const operation = fc.array(info, { minLength: 1, maxLength: 3 }).map((infos) => {
  const parts = infos.map(([region, fields], index) => {
    const inner = fields.map((text, at) => text.replace(/^(?=[a-z])/, `k${at}: `));
    return `i${index}: info${region} { __typename ${inner.join(' ')} }`;
  });
  return `${DECLARED} { ${USES} ${parts.join(' ')} }`;
});
const documents = fc.tuple(operation, operation, operation).map((bodies) => {
  const operations = bodies.map((body, index) => `query ${NAMES[index]}${body}`).join('\n');
  // A fragment that no operation spreads is invalid.
  const isSpread = operations.includes('...S');
  return isSpread ? `${operations}\nfragment S on ImageStore { description readOnly }` : operations;
});

/** Mostly a good value, so that most requests are executed. */
const mostly = (good: readonly unknown[], bad: readonly unknown[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
const flag = mostly([true, false], [null, 'true', 1, [true]]);
const region = mostly(['RegionOne', 'RegionTwo', null], ['Mars', 5, 1.5, true, '']);
const operationName = mostly(NAMES, ['S', null, '']);
const request = fc.record(
  {
    operationName,
    variables: fc.record({ yes: flag, no: flag, region, unknown: fc.constant(1) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['operationName', 'variables'] },
);
/** Each of some requests several times, in a random order. */
const sequences = fc
  .array(request, { minLength: 2, maxLength: 5 })
  .chain((requests) =>
    fc.shuffledSubarray([...requests, ...requests, ...requests], { minLength: requests.length * 3 }),
  );

interface Compared {
  readonly status: number;
  readonly type: string | null;
  /** The whole body, or `data` alone when there are errors. */
  readonly data: string | undefined;
  readonly errors: readonly string[];
}

async function send(gateway: TestGateway, body: object, token: string): Promise<Compared> {
  const headers = { 'X-Openstack-Request-Id': 'req-same' };
  const response = await gateway.post(body, { token, headers });
  const { data, errors = [] }: { data?: unknown; errors?: unknown[] } = JSON.parse(response.text);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    data: errors.length === 0 ? response.text : JSON.stringify(data),
    // Errors come in the order in which fields fail, which nothing promises.
    errors: errors.map((error) => JSON.stringify(error)).sort(),
  };
}

describe.each([
  ['nothing is cached', {}],
  ['responses are cached', { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '60000', CACHE_TTL_IMPORT_MS: '60000' }],
])('where %s', (_title, env) => {
  let plain: TestGateway;
  let fast: TestGateway;
  beforeAll(async () => {
    plain = await startGateway({ ...env, FAST_PATH: '0' });
    fast = await startGateway(env);
  });
  afterAll(async () => {
    await plain?.close();
    await fast?.close();
  });

  test.each(['sandbox-admin', 'sandbox-member'])('for the token %s', { timeout: 60_000 }, async (token) => {
    const seen = { data: 0, errors: 0, invalid: new Set<string>() };
    await fc.assert(
      fc.asyncProperty(documents, sequences, async (query, requests) => {
        for (const one of requests) {
          const body = { query, ...one };
          const expected = await send(plain, body, token);
          if (expected.errors.some((error) => error.includes('GRAPHQL_VALIDATION_FAILED')))
            seen.invalid.add(expected.errors[0] ?? '');
          const hasNoData = expected.data === undefined || expected.data === 'null';
          seen[hasNoData ? 'errors' : 'data'] += 1;
          expect(await send(fast, body, token)).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
    // The property says something only if documents are valid, and requests of both kinds occur.
    expect([...seen.invalid]).toEqual([]);
    expect(seen.data).toBeGreaterThan(60);
    expect(seen.errors).toBeGreaterThan(10);
  });
});

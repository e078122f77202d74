/** A property: the fast path gives the same response as graphql-js, for random operations on the whole schema. */
import fc from 'fast-check';
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, reply, startUpstream } from '../recording-upstream.ts';

const schema = createSchema(loadSdl());
const MAX_DEPTH = 4;

/** Directives of a selection, with variables and with constants. */
const CONDITIONS = ['', '', '', '', ' @include(if: $yes)', ' @skip(if: $no)', ' @include(if: $no)', ' @skip(if: true)'];
const REGIONS = ['', '', '(region: null)', '(region: "RegionTwo")', '(region: $region)', '(region: "Mars")'];
const REPRESENTATIONS =
  '[{__typename: "Region", id: "RegionOne"}, {__typename: "ImageStore", id: "ceph", region: {id: "RegionOne"}}, {__typename: "ImageStore", id: "gone", region: {id: "RegionTwo"}}]';

interface Choose {
  (below: number): number;
  /** A response key that no other selection uses. */
  uniqueKey(): string;
}

/** A selection set of the type as text; `choose` returns a number below its argument. */
function selection(type: GraphQLObjectType, depth: number, choose: Choose): string {
  const parts = Array.from({ length: 1 + choose(3) }, () => {
    const text = fieldOf(type, depth, choose);
    return choose(6) === 0 ? `... on ${type.name}${conditionBy(choose)} { ${text} }` : text;
  });
  return `{ __typename ${parts.join(' ')} }`;
}

const conditionBy = (choose: Choose) => CONDITIONS[choose(CONDITIONS.length)] ?? '';

function fieldOf(type: GraphQLObjectType, depth: number, choose: Choose): string {
  const fields = Object.values(type.getFields()).filter(
    ({ name, type: of }) =>
      (depth < MAX_DEPTH || isLeafType(getNamedType(of))) &&
      // `info` beneath another `info` is rejected.
      !(type.name === 'Region' && name === 'info' && depth > 1),
  );
  const field = fields[choose(fields.length)];
  // Selections with the same response key must be identical, so those with arguments get a unique key.
  const key = choose(4) === 0 ? `${choose.uniqueKey()}: ` : '';
  if (field === undefined || choose(8) === 0) return `${key}__typename${conditionBy(choose)}`;
  const args = argumentsOf(type, field.name, choose);
  const ownKey = args === '' ? key : `${choose.uniqueKey()}: `;
  return `${ownKey}${field.name}${args}${conditionBy(choose)}${innerOf(getNamedType(field.type), depth, choose)}`;
}

function argumentsOf(type: GraphQLObjectType, field: string, choose: Choose): string {
  if (field === '_entities') return `(representations: ${REPRESENTATIONS})`;
  return field === 'info' && type.name === 'Query' ? (REGIONS[choose(REGIONS.length)] ?? '') : '';
}

function innerOf(type: GraphQLNamedType, depth: number, choose: Choose): string {
  if (isObjectType(type)) return ` ${selection(type, depth + 1, choose)}`;
  if (!isAbstractType(type)) return '';
  const possible = schema.getPossibleTypes(type).slice(choose(2));
  return ` { __typename ${possible.map((one) => `... on ${one.name} ${selection(one, depth + 1, choose)}`).join(' ')} }`;
}

/** Uses each variable, since an unused one makes the operation invalid. */
const USES = '__typename @include(if: $yes) @skip(if: $no) used: info(region: $region) { __typename }';

const operations = fc.array(fc.nat(), { minLength: 400, maxLength: 400 }).map((numbers) => {
  let index = 0;
  const next = (below: number) => {
    index += 1;
    return (numbers[index % numbers.length] ?? 0) % below;
  };
  const choose = Object.assign(next, { uniqueKey: () => `k${index}` });
  const query = schema.getQueryType();
  const info = schema.getType('Info');
  if (!query || !isObjectType(info)) throw new Error('no Query');
  const onInfo = (depth: number) => selection(info, depth, choose);
  const withFragments = () =>
    `{ ${USES} info ${onInfo(1)} ...F } fragment F on Query { info ${onInfo(2)} b: info${REGIONS[choose(4)]} { ...G } } fragment G on Info ${onInfo(2)}`;
  const body = choose(2) === 0 ? `{ ${USES} ... on Query ${selection(query, 0, choose)} }` : withFragments();
  return `query Q($yes: Boolean = true, $no: Boolean! = false, $region: ID = "RegionOne") ${body} query Other { __typename }`;
});

interface ComparableResponse {
  readonly status: number;
  /** Undefined when the operation was not executed. */
  readonly data: string | undefined;
  readonly errors: readonly string[];
}

async function send(gateway: TestGateway, query: string, token: string): Promise<ComparableResponse> {
  const response = await gateway.post(
    { query, operationName: 'Q', variables: { yes: true } },
    { token, headers: { 'X-Openstack-Request-Id': 'req-same' } },
  );
  const { text } = response;
  const { data, errors = [] }: { data?: unknown; errors?: unknown[] } = JSON.parse(text);
  // The order of errors depends on timing and is not specified. Without errors the bodies are compared byte for byte.
  if (errors.length === 0) return { status: response.status, data: text, errors: [] };
  return {
    status: response.status,
    data: JSON.stringify(data),
    errors: errors.map((error) => JSON.stringify(error)).sort(),
  };
}

describe('the fast path responds as graphql-js does', () => {
  let reference: TestGateway;
  let gateway: TestGateway;
  beforeAll(async () => {
    [reference, gateway] = [await startGateway({ FAST_PATH: '0' }), await startGateway({ FAST_PATH: '1' })];
  });
  afterAll(async () => {
    await reference?.close();
    await gateway?.close();
  });

  test.each(['sandbox-admin', 'sandbox-member', 'wrong'])('for the token %s', { timeout: 120_000 }, async (token) => {
    const seen = { succeeded: 0, failed: 0, invalid: new Set<string>() };
    await fc.assert(
      fc.asyncProperty(operations, async (query) => {
        const expected = await send(reference, query, token);
        // Some random operations exceed the limits; both gateways must reject them.
        const isTooLarge = expected.errors.some((error) => /with its fragments spread|selects about/.test(error));
        if (expected.data === undefined && !isTooLarge) seen.invalid.add(expected.errors[0] ?? '');
        else seen[expected.errors.length > 0 ? 'failed' : 'succeeded'] += 1;
        // The first request fills the operation cache, the second is served from it.
        expect(await send(gateway, query, token)).toEqual(expected);
        expect(await send(gateway, query, token)).toEqual(expected);
        expect(await send(gateway, query, token)).toEqual(expected);
      }),
      { numRuns: 80 },
    );
    // Guards the generator: operations are valid, and enough of them succeed.
    expect([...seen.invalid]).toEqual([]);
    if (token === 'sandbox-admin') expect(seen.succeeded).toBeGreaterThan(20);
  });

  test('for errors of every kind on any field', { timeout: 120_000 }, async () => {
    const failures = [401, 403, 404, 429, 500, 503, 302]
      .map((status) => reply(status, ''))
      .concat(reply(200, 'not JSON'), reply(200, {}));
    const good: Record<string, unknown> = {
      '/versions': { versions: [{ id: 'v2.16', status: 'CURRENT' }] },
      '/v2/info/import': { 'import-methods': { value: ['web-download'] } },
      '/v2/info/stores': { stores: [{ id: 'a' }] },
      '/v2/info/stores/detail': { stores: [{ id: 'a', type: 'file', properties: {} }] },
      '/v2/info/usage': { usage: { image_count_total: { usage: 1, limit: -1 } } },
    };
    let failing = new Map<string, Behaviour>();
    const behaviour: Behaviour = (request, response) =>
      (failing.get(request.url ?? '') ?? reply(200, good[request.url ?? '']))(request, response);
    await using upstream = await startUpstream(behaviour);
    await using withoutFastPath = await startGateway({ GLANCE_URL: upstream.url, FAST_PATH: '0' });
    await using withFastPath = await startGateway({ GLANCE_URL: upstream.url, FAST_PATH: '1' });
    const paths = fc.constantFrom(...Object.keys(good));
    const failuresByPath = fc.dictionary(paths, fc.nat(failures.length - 1), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(operations, failuresByPath, async (query, chosen) => {
        // Fills the operation cache, so that the failing request is served from it.
        failing = new Map();
        await send(withFastPath, query, 't');
        await send(withFastPath, query, 't');
        failing = new Map(
          Object.entries(chosen).flatMap(([path, index]) => (failures[index] ? [[path, failures[index]]] : [])),
        );
        expect(await send(withFastPath, query, 't')).toEqual(await send(withoutFastPath, query, 't'));
      }),
      { numRuns: 80 },
    );
  });
});

test('callers of different projects get their own project ids, even with equal usage', async () => {
  await using glance = await startUpstream(reply(200, { usage: { image_count_total: { usage: 1, limit: 2 } } }));
  const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: glance.url }] }];
  await using keystone = await startUpstream((request, response) =>
    reply(200, {
      token: {
        expires_at: '2100-01-01T00:00:00Z',
        project: { id: `project-of-${request.headers['x-auth-token']}` },
        catalog,
      },
    })(request, response),
  );
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  for (const token of ['a', 'b', 'a', 'b']) {
    const { data } = await gateway.query('{info{usage{projectId imageCountTotal{usage}}}}', { token });
    expect(data).toEqual({ info: { usage: { projectId: `project-of-${token}`, imageCountTotal: { usage: 1 } } } });
  }
});

test('equal stores are rendered with the detail of each caller and the region of each endpoint', async () => {
  const behaviour: Behaviour = (request, response) => {
    const isMember = request.url?.endsWith('/detail') === true && request.headers['x-auth-token'] !== 'admin';
    const stores = { stores: [{ id: 'a', type: 'file', properties: {} }] };
    (isMember ? reply(403, '') : reply(200, stores))(request, response);
  };
  await using one = await startUpstream(behaviour);
  await using two = await startUpstream(behaviour);
  await using gateway = await startGateway({ GLANCE_ENDPOINTS: JSON.stringify({ one: one.url, two: two.url }) });
  const query = '{one: info{stores{id detail{type}}} two: info(region: "two"){stores{region{id}}}}';
  for (const token of ['admin', 'member', 'admin']) {
    const { data } = await gateway.query(query, { token });
    const detail = token === 'admin' ? { type: 'file' } : null;
    expect(data).toEqual({ one: { stores: [{ id: 'a', detail }] }, two: { stores: [{ region: { id: 'two' } }] } });
  }
  // The same bytes, from a call that is refused to the member.
  for (const token of ['admin', 'member', 'admin']) {
    const { errors } = await gateway.query('{info{storesDetail{id type}}}', { token });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(token === 'admin' ? [] : ['FORBIDDEN']);
  }
  const regions = await gateway.query('{one: info{stores{region{id}}} two: info(region: "two"){stores{region{id}}}}');
  expect(regions.data).toEqual({
    one: { stores: [{ region: { id: 'one' } }] },
    two: { stores: [{ region: { id: 'two' } }] },
  });
});

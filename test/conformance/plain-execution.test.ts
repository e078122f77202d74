/** Whatever way an answer is made, it is the one that graphql-js makes: a property over operations on the whole schema. */
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

/** How a field is conditional: variables decide, and constants. */
const CONDITIONS = ['', '', '', '', ' @include(if: $yes)', ' @skip(if: $no)', ' @include(if: $no)', ' @skip(if: true)'];
const REGIONS = ['', '', '(region: null)', '(region: "RegionTwo")', '(region: $region)', '(region: "Mars")'];
const REPRESENTATIONS =
  '[{__typename: "Region", id: "RegionOne"}, {__typename: "ImageStore", id: "ceph", region: {id: "RegionOne"}}, {__typename: "ImageStore", id: "gone", region: {id: "RegionTwo"}}]';

interface Choose {
  (below: number): number;
  /** A response key that no other selection has. */
  fresh(): string;
}

/** A selection set of the type as text; `choose` gives a number below its argument. */
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
    ({ type: of }) => depth < MAX_DEPTH || isLeafType(getNamedType(of)),
  );
  const field = fields[choose(fields.length)];
  // Two selections under one response key must agree, so those with arguments get a key of their own.
  const key = choose(4) === 0 ? `${choose.fresh()}: ` : '';
  if (field === undefined || choose(8) === 0) return `${key}__typename${conditionBy(choose)}`;
  const args = argumentsOf(type, field.name, choose);
  const ownKey = args === '' ? key : `${choose.fresh()}: `;
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

/** Variables that are not used make an operation invalid. */
const USES = '__typename @include(if: $yes) @skip(if: $no) used: info(region: $region) { __typename }';

const operations = fc.array(fc.nat(), { minLength: 400, maxLength: 400 }).map((numbers) => {
  let index = 0;
  const next = (below: number) => {
    index += 1;
    return (numbers[index % numbers.length] ?? 0) % below;
  };
  const choose = Object.assign(next, { fresh: () => `k${index}` });
  const query = schema.getQueryType();
  const info = schema.getType('Info');
  if (!query || !isObjectType(info)) throw new Error('no Query');
  const onInfo = (depth: number) => selection(info, depth, choose);
  const withFragments = () =>
    `{ ${USES} info ${onInfo(1)} ...F } fragment F on Query { info ${onInfo(2)} b: info${REGIONS[choose(4)]} { ...G } } fragment G on Info ${onInfo(2)}`;
  const body = choose(2) === 0 ? `{ ${USES} ... on Query ${selection(query, 0, choose)} }` : withFragments();
  return `query Q($yes: Boolean = true, $no: Boolean! = false, $region: ID = "RegionOne") ${body} query Other { __typename }`;
});

interface Compared {
  readonly status: number;
  /** Undefined for an operation that was not executed. */
  readonly data: string | undefined;
  readonly errors: readonly string[];
}

async function ask(gateway: TestGateway, query: string, token: string): Promise<Compared> {
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token, 'X-Openstack-Request-Id': 'req-same' },
    body: JSON.stringify({ query, operationName: 'Q', variables: { yes: true } }),
  });
  const text = await response.text();
  const { data, errors = [] }: { data?: unknown; errors?: unknown[] } = JSON.parse(text);
  // Errors come in the order in which fields failed, which is nobody's promise; data, in the bytes of the answer.
  if (errors.length === 0) return { status: response.status, data: text, errors: [] };
  return {
    status: response.status,
    data: JSON.stringify(data),
    errors: errors.map((error) => JSON.stringify(error)).sort(),
  };
}

describe('answers are those of plain execution', () => {
  let plain: TestGateway;
  let reusing: TestGateway;
  beforeAll(async () => {
    [plain, reusing] = [await startGateway({ PLAIN_EXECUTION: '1' }), await startGateway()];
  });
  afterAll(async () => {
    await plain?.close();
    await reusing?.close();
  });

  test.each(['sandbox-admin', 'sandbox-member', 'wrong'])('for the token %s', { timeout: 120_000 }, async (token) => {
    const seen = { answered: 0, failed: 0, invalid: new Set<string>() };
    await fc.assert(
      fc.asyncProperty(operations, async (query) => {
        const expected = await ask(plain, query, token);
        // Chance makes some larger than is accepted; both ways must refuse them alike.
        const isTooLarge = expected.errors.some((error) => error.includes('with its fragments spread'));
        if (expected.data === undefined && !isTooLarge) seen.invalid.add(expected.errors[0] ?? '');
        else seen[expected.errors.length > 0 ? 'failed' : 'answered'] += 1;
        // To make the texts, and to use them as a request that is known by then.
        expect(await ask(reusing, query, token)).toEqual(expected);
        expect(await ask(reusing, query, token)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
    // The property is worth something: operations were executed, not refused.
    expect([...seen.invalid]).toEqual([]);
    if (token === 'sandbox-admin') expect(seen.answered).toBeGreaterThan(20);
  });

  test('for errors of every kind on any field', { timeout: 120_000 }, async () => {
    const faults = [401, 403, 404, 429, 500, 503, 302]
      .map((status) => reply(status, ''))
      .concat(reply(200, 'no JSON'), reply(200, {}));
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
    await using one = await startGateway({ GLANCE_URL: upstream.url, PLAIN_EXECUTION: '1' });
    await using other = await startGateway({ GLANCE_URL: upstream.url });
    const failures = fc.dictionary(fc.constantFrom(...Object.keys(good)), fc.nat(faults.length - 1), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(operations, failures, async (query, chosen) => {
        // So that the failing request is a known one.
        failing = new Map();
        await ask(other, query, 't');
        failing = new Map(
          Object.entries(chosen).flatMap(([path, index]) => (faults[index] ? [[path, faults[index]]] : [])),
        );
        expect(await ask(other, query, 't')).toEqual(await ask(one, query, 't'));
      }),
      { numRuns: 150 },
    );
  });
});

test('the text of one caller’s figures is never another’s, be their numbers the same', async () => {
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

test('nor what another call or the region decides, be the stores the same', async () => {
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
  // A store's region leads on to other calls.
  const further = '{info{stores{region{info{storesDetail{id}}}}}}';
  for (const token of ['admin', 'member', 'admin']) {
    const { errors } = await gateway.query(further, { token });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(token === 'admin' ? [] : ['FORBIDDEN']);
  }
  const regions = await gateway.query('{one: info{stores{region{id}}} two: info(region: "two"){stores{region{id}}}}');
  expect(regions.data).toEqual({
    one: { stores: [{ region: { id: 'one' } }] },
    two: { stores: [{ region: { id: 'two' } }] },
  });
});

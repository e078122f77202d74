/** Requests that share a document differ by the variables of `@include` and `@skip`. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const QUERY = `query Q($x: Boolean!, $y: Boolean = false) {
  info {
    stores { id default @include(if: $x) }
    importMethods @skip(if: $x) { value }
    ...Quota @include(if: $y)
  }
}
fragment Quota on Info { usage { enabled imageCountTotal @skip(if: $x) { usage } } }`;

const GLANCE = {
  '/v2/info/stores': reply(200, { stores: [{ id: 'a', default: 'true' }] }),
  '/v2/info/import': reply(200, { 'import-methods': { value: ['web-download'] } }),
  '/v2/info/usage': reply(200, { usage: { image_count_total: { usage: 1, limit: 2 } } }),
};

interface Variables extends Record<string, unknown> {
  readonly x: boolean;
  readonly y?: boolean;
}

const VARIABLES: readonly Variables[] = [
  { x: true },
  { x: false },
  { x: true, y: true },
  { x: false, y: true },
  { x: true, y: false },
  { x: false, y: false },
];

/** The response of a server that reuses nothing. */
function expectedInfo({ x, y = false }: Variables): object {
  return {
    stores: [{ id: 'a', ...(x && { default: true }) }],
    ...(!x && { importMethods: { value: ['web-download'] } }),
    ...(y && { usage: { enabled: true, ...(!x && { imageCountTotal: { usage: 1 } }) } }),
  };
}

test.each([
  ['nothing is cached', {}],
  ['responses are cached', { CACHE_TTL_STORES_MS: '60000', CACHE_TTL_USAGE_MS: '60000', CACHE_TTL_IMPORT_MS: '60000' }],
  ['FAST_PATH is 0', { FAST_PATH: '0' }],
])('each response follows its own variables when %s', async (_title, env) => {
  await using upstream = await startUpstream(GLANCE);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...env });
  for (const variables of [...VARIABLES, ...VARIABLES, ...[...VARIABLES].reverse(), ...VARIABLES]) {
    const { data, errors } = await gateway.query(QUERY, { token: 'token-of-a-caller', variables });
    expect([variables, data, errors]).toEqual([variables, { info: expectedInfo(variables) }, []]);
  }
});

test('the response follows a value that changes, as a variable and as a constant', async () => {
  await using upstream = await startUpstream(GLANCE);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (const value of [true, true, false, false, true, false]) {
    const byVariable = await gateway.post({
      query: 'query($x: Boolean!) { info { stores { id @include(if: $x) default } } }',
      variables: { x: value },
    });
    const byConstant = await gateway.post({ query: `{ info { stores { id @include(if: ${value}) default } } }` });
    const store = value ? '{"id":"a","default":true}' : '{"default":true}';
    expect(byVariable.text).toBe(`{"data":{"info":{"stores":[${store}]}}}\n`);
    expect(byConstant.text).toBe(byVariable.text);
  }
});

test('a field that is left out makes no call', async () => {
  await using upstream = await startUpstream(GLANCE);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const callsFor = async (variables: Variables) => {
    const before = upstream.seen.length;
    await gateway.query(QUERY, { token: 'token-of-a-caller', variables });
    return upstream.seen
      .slice(before)
      .map(({ path }) => path.replace('/v2/info/', ''))
      .sort();
  };
  for (let round = 0; round < 3; round += 1) {
    expect(await callsFor({ x: true })).toEqual(['stores']);
    expect(await callsFor({ x: false })).toEqual(['import', 'stores']);
    expect(await callsFor({ x: true, y: true })).toEqual(['stores', 'usage']);
  }
});

test('a variable of the wrong type is rejected, also after one of the right type', async () => {
  await using gateway = await startGateway();
  for (const x of [true, 'true', true, 1, null, false, {}, true]) {
    const { data, errors } = await gateway.query(QUERY, { token: 'sandbox-member', variables: { x } });
    const codes = errors.map(({ extensions }) => extensions.code);
    expect([x, codes, data !== null]).toEqual(typeof x === 'boolean' ? [x, [], true] : [x, ['BAD_USER_INPUT'], false]);
  }
});

test('the region of one request is not the region of the next', async () => {
  await using one = await startUpstream({ '/v2/info/stores': reply(200, { stores: [{ id: 'in-one' }] }) });
  await using two = await startUpstream({ '/v2/info/stores': reply(200, { stores: [{ id: 'in-two' }] }) });
  await using gateway = await startGateway({
    GLANCE_ENDPOINTS: JSON.stringify({ one: one.url, two: two.url }),
    CACHE_TTL_STORES_MS: '60000',
  });
  const query = 'query($region: ID) { info(region: $region) { stores { id } } }';
  for (const region of ['one', 'two', 'one', null, 'two', undefined, 'two', 'three', 'one']) {
    const { data, errors } = await gateway.query(query, { token: 'token-of-a-caller', variables: { region } });
    const store = region === 'two' ? 'in-two' : 'in-one';
    if (region === 'three') expect(errors).toMatchObject([{ extensions: { code: 'REGION_NOT_FOUND' } }]);
    else expect([region, data]).toEqual([region, { info: { stores: [{ id: store }] } }]);
  }
});

test('a null for a condition fails the request as without the fast path', async () => {
  await using fast = await startGateway();
  await using plain = await startGateway({ FAST_PATH: '0' });
  const query = 'query($no: Boolean = false) { info { stores { id } importMethods @skip(if: $no) { value } } }';
  for (const no of [false, null, true, null]) {
    const [one, other] = await Promise.all(
      [fast, plain].map((gateway) => gateway.query(query, { token: 'sandbox-member', variables: { no } })),
    );
    expect([no, one?.status, one?.data]).toEqual([no, other?.status, other?.data]);
    expect(one?.status).toBe(200);
    expect(one?.errors).toHaveLength(no === null ? 1 : 0);
  }
});

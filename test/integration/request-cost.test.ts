/** The cost of an operation is bounded before any upstream call, and the size of its response. */
import { describe, expect, test } from 'vitest';
import { requestLine, startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const good = reply(200, { stores: [{ id: 'a' }] });
const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));

describe('an operation is rejected without an upstream call', () => {
  test.each([
    [
      'when it nests `info`',
      '{info{stores{region{info{stores{region{info{stores{id}}}}}}}}}',
      {},
      'The operation selects 3 levels of `info` with its fragments spread; the limit is 1.',
    ],
    [
      'when fragments nest `info`',
      '{info{...A}} fragment A on Info{stores{region{...B}}} fragment B on Region{info{usage{enabled}}}',
      {},
      'The operation selects 2 levels of `info` with its fragments spread; the limit is 1.',
    ],
    [
      'when it has too many representations over all fields',
      `query($r:[_Any!]!){${many(20, (index) => `a${index}:_entities(representations:$r){__typename}`).join(' ')}}`,
      { r: many(51, () => '').map(() => ({ __typename: 'Region', id: 'RegionOne' })) },
      'The operation has 1020 representations with its fragments spread; the limit is 1000.',
    ],
    [
      'when it selects too many fields of lists',
      `query($r:[_Any!]!){_entities(representations:$r){... on Region{info{stores{${many(7, (index) => `a${index}:id`).join(' ')}}}}}}`,
      { r: many(100, () => '').map(() => ({ __typename: 'Region', id: 'RegionOne' })) },
      'The operation has a cost of 40200 with its fragments spread; the limit is 30000.',
    ],
    [
      'when the representations are the default of a variable',
      `query($r:[_Any!]!=[${many(150, () => '{__typename:"Region",id:"RegionOne"}').join(',')}]){_entities(representations:$r){... on Region{info{stores{a:id b:id c:id d:id e:id}}}}}`,
      {},
      'The operation has a cost of 45300 with its fragments spread; the limit is 30000.',
    ],
    [
      'when that variable is named as what every object has',
      `query($toString:[_Any!]!=[${many(150, () => '{__typename:"Region",id:"RegionOne"}').join(',')}]){_entities(representations:$toString){... on Region{info{stores{a:id b:id c:id d:id e:id}}}}}`,
      {},
      'The operation has a cost of 45300 with its fragments spread; the limit is 30000.',
    ],
  ])('%s', async (_title, query, variables, message) => {
    await using upstream = await startUpstream(good);
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { status, data, errors } = await gateway.query(query, { variables });
    expect([status, data]).toEqual([200, null]);
    expect(errors.map((error) => error.message)).toEqual([message]);
    expect(['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']).toContain(errors[0]?.extensions.code);
    expect(upstream.seen).toEqual([]);
  });
});

test('a router’s 900 references to stores are accepted', async () => {
  await using upstream = await startUpstream(good);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const query =
    'query($r:[_Any!]!){_entities(representations:$r){... on ImageStore{id description default readOnly region{id}}}}';
  const r = many(900, () => '').map(() => ({ __typename: 'ImageStore', id: 'a', region: { id: 'RegionOne' } }));
  const { data, errors } = await gateway.query(query, { variables: { r } });
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ _entities: { length: 900 } });
});

describe.each([['1'], ['0']])('with FAST_PATH=%s', (fastPath) => {
  /** Sends the same operation three times: executed, planned, from the plan. */
  async function expectError(body: unknown, query: string, message: string): Promise<void> {
    await using upstream = await startUpstream(reply(200, body));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, FAST_PATH: fastPath });
    for (let time = 0; time < 3; time += 1) {
      const { headers, data, errors } = await gateway.query(query);
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_REQUEST' } }]);
      expect(headers.get('cache-control')).toBe('private, no-store');
      const line = await requestLine(gateway, headers.get('x-openstack-request-id'));
      expect(line).toMatchObject({ outcome: 'failed', codes: ['BAD_REQUEST'] });
      const { status } = await gateway.post({ query }, { headers: { Accept: 'application/graphql-response+json' } });
      expect(status).toBe(422);
    }
  }

  const TOO_LARGE = 'The response has more than 2097152 characters; select fewer fields.';
  const TOO_COSTLY =
    'The lists of the response are longer than estimated, and its cost exceeds the limit of 30000; select fewer fields.';
  const aliases = (count: number, field: string) => many(count, (index) => `a${index}:${field}`).join(' ');

  test('a response of more than 2 MiB is one error', () =>
    expectError(
      { stores: [{ id: 'a', description: 'x'.repeat(900_000) }] },
      '{info{a:stores{description} b:stores{description} c:stores{description}}}',
      TOO_LARGE,
    ));

  test('a response with a single field of more than 2 MiB is one error', () =>
    expectError(
      { stores: [{ id: 'a', description: 'x'.repeat(900_000) }] },
      `{info{stores{${aliases(90, 'description')}}}}`,
      TOO_LARGE,
    ));

  test.each([
    ['stores', { stores: many(2000, (index) => `s${index}`).map((id) => ({ id })) }, `stores{${aliases(20, 'id')}}`],
    [
      'quotas',
      { usage: Object.fromEntries(many(2000, (index) => `q${index}`).map((name) => [name, { usage: 0, limit: 1 }])) },
      `usage{...on ImageUsage{quotas{${aliases(20, 'name')}}}}`,
    ],
    [
      'import methods',
      { 'import-methods': { value: many(2000, (index) => `m${index}`) } },
      `importMethods{${aliases(20, 'value')}}`,
    ],
  ])('lists of %s that are longer than estimated count with their length', (_title, body, field) =>
    expectError(body, `{info{${field}}}`, TOO_COSTLY),
  );

  test('the items of a list that costs too much are not resolved', async () => {
    const stores = many(2000, (index) => `s${index}`).map((id) => ({ id }));
    await using upstream = await startUpstream(reply(200, { stores }));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, FAST_PATH: fastPath });
    const { errors } = await gateway.query(`{info{stores{${aliases(20, 'detail{id}')}}}}`);
    expect(errors).toMatchObject([{ message: TOO_COSTLY }]);
    expect(upstream.seen.map(({ path }) => path)).toEqual(['/v2/info/stores']);
  });

  test('a list longer than estimated is served where it costs less than the limit', async () => {
    const stores = many(2000, (index) => `s${index}`).map((id) => ({ id }));
    await using upstream = await startUpstream(reply(200, { stores }));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, FAST_PATH: fastPath });
    for (let time = 0; time < 3; time += 1) {
      expect(await gateway.query('{info{stores{id}}}')).toMatchObject({ data: { info: { stores } }, errors: [] });
    }
  });
});

test('of more than 50 wrong values in the variables, 50 are listed, and nothing is logged as an internal error', async () => {
  await using gateway = await startGateway();
  const query = 'query($r:[_Any!]!){_entities(representations:$r){__typename}}';
  const { data, errors } = await gateway.query(query, { variables: { r: Array(60).fill(null) } });
  expect(data).toBeNull();
  expect(errors.map(({ extensions }) => extensions.code)).toEqual([...Array(50).fill('BAD_USER_INPUT'), 'BAD_REQUEST']);
  expect(errors.at(-1)?.message).toBe('Too many errors processing variables, error limit reached. Execution aborted.');
  expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('of more than 100 errors, 99 are listed and the others are counted', async () => {
  await using upstream = await startUpstream(reply(403, { message: 'no' }));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const query = (errors: number) =>
    `{info{${many(errors - 2, (index) => `a${index}:usage{enabled}`).join(' ')} stores{id} usage{enabled}}}`;
  const listed = await gateway.query(query(100));
  expect(listed.errors.map(({ extensions }) => extensions.code)).toEqual(Array(100).fill('FORBIDDEN'));
  const { data, errors, headers } = await gateway.query(query(101));
  expect(data).toMatchObject({ info: { a0: null, a98: null, stores: null, usage: null } });
  expect(errors.slice(0, -1).map(({ extensions }) => extensions.code)).toEqual(Array(99).fill('FORBIDDEN'));
  expect(errors.at(-1)).toEqual({ message: '2 more errors are not listed.', extensions: { code: 'ERRORS_OMITTED' } });
  const line = await requestLine(gateway, headers.get('x-openstack-request-id'));
  expect(line).toMatchObject({ outcome: 'partial', codes: ['FORBIDDEN', 'ERRORS_OMITTED'] });
});

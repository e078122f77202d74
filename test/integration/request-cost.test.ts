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
      '`info` is selected beneath another `info`, which is not supported.',
    ],
    [
      'when fragments nest `info`',
      '{info{...A}} fragment A on Info{stores{region{...B}}} fragment B on Region{info{usage{enabled}}}',
      {},
      '`info` is selected beneath another `info`, which is not supported.',
    ],
    [
      'when it has too many representations over all fields',
      `query($r:[_Any!]!){${many(20, (index) => `a${index}:_entities(representations:$r){__typename}`).join(' ')}}`,
      { r: many(51, () => '').map(() => ({ __typename: 'Region', id: 'RegionOne' })) },
      'The operation has 1020 representations; the limit is 1000.',
    ],
    [
      'when it selects too many leaves of lists',
      `query($r:[_Any!]!){_entities(representations:$r){... on Region{info{stores{${many(7, (index) => `a${index}:id`).join(' ')}}}}}}`,
      { r: many(100, () => '').map(() => ({ __typename: 'Region', id: 'RegionOne' })) },
      'The operation selects about 35000 leaves; the limit is 30000.',
    ],
    [
      'when the representations are the default of a variable',
      `query($r:[_Any!]!=[${many(150, () => '{__typename:"Region",id:"RegionOne"}').join(',')}]){_entities(representations:$r){... on Region{info{stores{a:id b:id c:id d:id e:id}}}}}`,
      {},
      'The operation selects about 37500 leaves; the limit is 30000.',
    ],
  ])('%s', async (_title, query, variables, message) => {
    await using upstream = await startUpstream(good);
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { status, data, errors } = await gateway.query(query, { variables });
    expect([status, data]).toEqual([200, null]);
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
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

test.each([['1'], ['0']])('a response of more than 2 MiB is one error with FAST_PATH=%s', async (fastPath) => {
  const description = 'x'.repeat(900_000);
  await using upstream = await startUpstream(reply(200, { stores: [{ id: 'a', description }] }));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, FAST_PATH: fastPath });
  const query = '{info{a:stores{description} b:stores{description} c:stores{description}}}';
  for (let time = 0; time < 3; time += 1) {
    const { headers, data, errors } = await gateway.query(query);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: 'The response has more than 2097152 characters; select fewer fields.',
        extensions: { code: 'BAD_REQUEST' },
      },
    ]);
    expect(headers.get('cache-control')).toBe('private, no-store');
    const line = await requestLine(gateway, headers.get('x-openstack-request-id'));
    expect(line).toMatchObject({ outcome: 'failed', codes: ['BAD_REQUEST'] });
    const { status } = await gateway.post({ query }, { headers: { Accept: 'application/graphql-response+json' } });
    expect(status).toBe(422);
  }
});

/** Two bodies with other bytes are other requests, also where JSON makes the same of a part of them. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

const QUERY = 'query($r: ID) { info(region: $r) { stores { id } } }';
const body = (variables: string) => `{"query":${JSON.stringify(QUERY)},"variables":${variables}}`;

async function outcome(gateway: TestGateway, variables: string) {
  const headers = { 'X-Openstack-Request-Id': 'req-same' };
  const { status, text } = await gateway.post(body(variables), { token: 'sandbox-member', headers });
  const { data, errors = [] } = JSON.parse(text);
  return { status, data, codes: errors.map((error: { extensions: { code: string } }) => error.extensions.code) };
}

test('a number out of range is rejected after null was accepted', async () => {
  await using gateway = await startGateway();
  const good = { status: 200, data: { info: { stores: expect.any(Array) } }, codes: [] };
  for (const variables of ['{"r":null}', '{"r":null}', '{"r":null}'])
    expect(await outcome(gateway, variables)).toEqual(good);
  for (const variables of ['{"r":1e400}', '{"r":-1e400}', '{"r":1e400}'])
    expect(await outcome(gateway, variables)).toMatchObject({ codes: ['BAD_USER_INPUT'] });
  expect(await outcome(gateway, '{"r":null}')).toEqual(good);
});

test('each spelling of the variables gets the same response as without the fast path', async () => {
  await using fast = await startGateway();
  await using plain = await startGateway({ FAST_PATH: '0' });
  const spellings = [
    '{"r":null}',
    '{"r":1e400}',
    '{}',
    'null',
    '{"r":"RegionTwo"}',
    '{"r":"Region\\u0054wo"}',
    '{"r":"RegionOne","r":"RegionTwo"}',
    '{"r":"RegionTwo","r":null}',
    '{"r":1}',
    '{"r":1.0}',
    '{"r":0.1e1}',
    '{"r":9007199254740993}',
    '{"r":9007199254740992}',
    '{"r":"1"}',
    '[]',
    '""',
  ];
  const expected = new Map<string, unknown>();
  for (const variables of spellings) expected.set(variables, await outcome(plain, variables));
  for (const order of [spellings, spellings, [...spellings].reverse()]) {
    for (const variables of order)
      expect([variables, await outcome(fast, variables)]).toEqual([variables, expected.get(variables)]);
  }
});

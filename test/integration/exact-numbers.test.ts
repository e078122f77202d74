/** A JSON number that JavaScript cannot represent exactly is an error of its field, and is never rounded. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const DETAIL = '{info{storesDetail{id weight properties{raw}}}}';
const withProperties = (properties: string, weight = '1') =>
  `{"stores":[{"id":"a","type":"file","weight":${weight},"properties":${properties}}]}`;

async function queryWith(body: string) {
  await using upstream = await startUpstream(reply(200, body));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  return await gateway.query(DETAIL);
}

test.each([
  ['in a property', withProperties('{"chunk_size":9007199254740993}'), 'stores[0].properties.chunk_size'],
  ['nested in a property', withProperties('{"a":[{"b":[1,9007199254740992]}]}'), 'stores[0].properties.a[].b[]'],
  ['in a weight', withProperties('{}', '9007199254740993'), 'stores[0].weight'],
  ['beyond the range of a double', withProperties('{"a":1e400}'), null],
])('an inexact number %s is an error', async (_title, body, path) => {
  const { data, errors } = await queryWith(body);
  expect(data).toEqual({ info: { storesDetail: null } });
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
  if (path !== null) expect(errors[0]?.message).toContain(`${path} is not a whole number of at most 2^53 - 1`);
});

test('the largest exact integers are served', async () => {
  const { data } = await queryWith(withProperties('{"a":9007199254740991,"b":0.1,"c":-9007199254740991}'));
  expect(data).toMatchObject({
    info: { storesDetail: [{ properties: { raw: { a: 9007199254740991, b: 0.1, c: -9007199254740991 } } }] },
  });
});

test('a body nested deeper than the stack is rejected', async () => {
  const levels = 100_000;
  const { errors } = await queryWith(withProperties(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`));
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
});

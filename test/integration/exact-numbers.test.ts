/** A number that JSON holds and JavaScript can't is an error of its field, never another number. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const DETAIL = '{info{storesDetail{id weight properties{raw}}}}';
const withProperties = (properties: string, weight = '1') =>
  `{"stores":[{"id":"a","type":"file","weight":${weight},"properties":${properties}}]}`;

async function ask(body: string) {
  await using upstream = await startUpstream(reply(200, body));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  return await gateway.query(DETAIL);
}

test.each([
  ['in a setting', withProperties('{"chunk_size":9007199254740993}'), 'stores[0].properties.chunk_size'],
  ['deep in a setting', withProperties('{"a":[{"b":[1,9007199254740992]}]}'), 'stores[0].properties.a[].b[]'],
  ['in a figure', withProperties('{}', '9007199254740993'), 'stores[0].weight'],
  ['beyond all', withProperties('{"a":1e400}'), null],
])('%s', async (_title, body, path) => {
  const { data, errors } = await ask(body);
  expect(data).toEqual({ info: { storesDetail: null } });
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
  if (path !== null) expect(errors[0]?.message).toContain(`${path} is not a whole number of at most 2^53 - 1`);
});

test('the largest exact one is', async () => {
  const { data } = await ask(withProperties('{"a":9007199254740991,"b":0.1,"c":-9007199254740991}'));
  expect(data).toMatchObject({
    info: { storesDetail: [{ properties: { raw: { a: 9007199254740991, b: 0.1, c: -9007199254740991 } } }] },
  });
});

test('an answer nested beyond any stack is refused, and harms nobody', async () => {
  const levels = 100_000;
  const { errors } = await ask(withProperties(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`));
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
});

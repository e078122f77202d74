/** However often a part is selected, a request makes each call once. */
import { expect, test } from 'vitest';
import { requestLine, startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const GLANCE = {
  '/v2/info/stores': reply(200, { stores: [{ id: 'a' }, { id: 'b' }] }),
  '/v2/info/stores/detail': reply(200, { stores: [{ id: 'a', type: 'file', properties: {} }] }),
  '/v2/info/usage': reply(200, { usage: {} }),
};
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

test.each([
  ['90 aliases of one field', `{info{${times(90, (i) => `a${i}:stores{id}`)}}}`, ['stores']],
  ['20 aliases of info', `{${times(20, (i) => `a${i}:info{stores{id}}`)}}`, ['stores']],
  ['a named region and the default one', '{a:info{stores{id}} b:info(region:"RegionOne"){stores{id}}}', ['stores']],
  ['the detail of each store', '{info{stores{id detail{type}}}}', ['stores', 'stores/detail']],
  ['a detail and the list of details', '{info{stores{detail{type}} storesDetail{id}}}', ['stores', 'stores/detail']],
  ['a part and its availability', '{info{usage{enabled} availability{usage}}}', ['usage']],
])('makes each call once for %s', async (_title, query, calls) => {
  await using upstream = await startUpstream(GLANCE);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  for (let round = 1; round <= 3; round += 1) {
    const { headers } = await gateway.query(query, { token: 'token-of-a-caller' });
    const line = await requestLine(gateway, headers.get('x-openstack-request-id'));
    expect(line.calls).toHaveLength(calls.length);
    const seen = upstream.seen.map(({ path }) => path.replace('/v2/info/', '')).sort();
    expect(seen).toEqual(calls.flatMap((call) => Array(round).fill(call)));
  }
});

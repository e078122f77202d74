import { describe, expect, test } from 'vitest';
import { type EndpointRules, selectEndpoints } from '../../src/openstack/keystone/catalog.ts';

const rules: EndpointRules = {
  interfaces: ['public'],
  regions: null,
  defaultRegion: null,
  overrides: new Map(),
  allowHttp: true,
  isAllowed: () => true,
};
const entry = (region: string | null, url: string, kind = 'public') => ({ region, url, interface: kind });

test('selects the first of two endpoints of a region in the catalog, as keystoneauth does', () => {
  const catalog = [entry('one', 'http://b'), entry('one', 'http://a'), entry('one', 'http://b')];
  const { endpoints, problems } = selectEndpoints(catalog, rules);
  expect(endpoints).toEqual(new Map([['one', { origin: 'http://b', basePath: '', url: 'http://b' }]]));
  expect(problems).toEqual(['one: http://a is a second endpoint of the region; it is not used']);
});

test('selects the first endpoint of a region that can be used', () => {
  const catalog = [entry('one', 'http://a/%(tenant_id)s'), entry('one', ''), entry('one', 'http://b')];
  expect([...selectEndpoints(catalog, rules).endpoints.values()]).toMatchObject([{ url: 'http://b' }]);
});

test.each(['http://a/v2/$(project_id)s', 'http://a/%(tenant_id)s', 'http://%(public_bind_host)s:9292'])(
  'rejects %s, in which Keystone replaced no placeholder',
  (url) => {
    expect(selectEndpoints([entry('one', url)], rules)).toEqual({
      endpoints: new Map(),
      problems: [`one: "${url}" has a placeholder that Keystone did not replace; it is not used`],
    });
  },
);

test.each([
  ['http://me:hunter2@a/image', 'http://***@a/image'],
  ['http://a/image?key=hunter2', 'http://a/image?***'],
  ['http://me:hunter2@a/%(project_id)s', 'http://***@a/%(project_id)s'],
])('rejects %s without showing its secret', (url, shown) => {
  const { endpoints, problems } = selectEndpoints([entry('one', url)], rules);
  expect([endpoints.size, problems]).toEqual([0, [expect.stringContaining(`one: "${shown}"`)]]);
  expect(problems.join()).not.toContain('hunter2');
});

test.each(['http://[2001:db8::1]:9292/v2', 'HTTP://[2001:DB8::1]:9292/v2.1/', 'http://[2001:db8::1]:9292//'])(
  'reads %s',
  (url) => {
    const { endpoints } = selectEndpoints([entry('one', url)], rules);
    expect(endpoints.get('one')?.url).toBe('http://[2001:db8::1]:9292');
  },
);

describe('an endpoint without a region', () => {
  const unnamed = entry(null, 'http://a');
  const regionsWith = (changes: object, ...others: ReturnType<typeof entry>[]) =>
    [...selectEndpoints([unnamed, ...others], { ...rules, ...changes }).endpoints].map(([id, { url }]) => [id, url]);

  test('serves the default region', () => {
    expect(regionsWith({})).toEqual([['RegionOne', 'http://a']]);
    expect(regionsWith({ defaultRegion: 'North' })).toEqual([['North', 'http://a']]);
    expect(regionsWith({}, entry('South', 'http://b'))).toEqual([
      ['South', 'http://b'],
      ['RegionOne', 'http://a'],
    ]);
  });

  test('is not used where that has an endpoint of its own', () => {
    expect(regionsWith({}, entry('RegionOne', 'http://b'))).toEqual([['RegionOne', 'http://b']]);
  });

  test('is not used where that is not among the configured regions', () => {
    expect(regionsWith({ regions: ['South'] })).toEqual([]);
    expect(regionsWith({ regions: ['RegionOne'] })).toEqual([['RegionOne', 'http://a']]);
  });
});

test('rejects plain http endpoints of an https Keystone unless they are allowed', () => {
  const catalog = [entry('one', 'http://a'), entry('two', 'https://b')];
  const { endpoints, problems } = selectEndpoints(catalog, { ...rules, allowHttp: false });
  expect([...endpoints.keys()]).toEqual(['two']);
  expect(problems).toEqual([
    'one: http://a is not https, though Keystone is; it is not used unless ALLOW_HTTP_ENDPOINTS=1',
  ]);
  expect([...selectEndpoints(catalog, rules).endpoints.keys()]).toEqual(['one', 'two']);
});

test('skips and reports an endpoint on a host that is not allowed', () => {
  const isAllowed = (origin: string) => origin === 'http://a';
  const { endpoints, problems } = selectEndpoints([entry('one', 'http://a'), entry('two', 'http://b:9292/v2')], {
    ...rules,
    isAllowed,
  });
  expect([...endpoints.keys()]).toEqual(['one']);
  expect(problems).toEqual([
    "two: http://b:9292/v2 is not on a host of Keystone's own domain, nor allowed; it is not used unless ENDPOINT_HOSTS has b",
  ]);
});

test('names all that it takes to use an endpoint', () => {
  const { problems } = selectEndpoints([entry('one', 'http://b.:9292')], {
    ...rules,
    allowHttp: false,
    isAllowed: () => false,
  });
  expect(problems).toEqual([
    "one: http://b.:9292 is not on a host of Keystone's own domain, nor allowed, and is not https, though Keystone is; it is not used unless ENDPOINT_HOSTS has b and ALLOW_HTTP_ENDPOINTS=1",
  ]);
});

test('says nothing of regions that are not wanted', () => {
  const catalog = [entry('one', 'http://a'), entry('two', 'ftp://b')];
  expect(selectEndpoints(catalog, { ...rules, regions: ['one'] }).problems).toEqual([]);
});

test('selects at most 100 regions', () => {
  const catalog = Array.from({ length: 105 }, (_, index) =>
    entry(`region-${String(index).padStart(3, '0')}`, 'http://a'),
  );
  const { endpoints, problems } = selectEndpoints(catalog, rules);
  expect(endpoints.size).toBe(100);
  expect(problems).toHaveLength(5);
  expect(problems[0]).toBe('region-100: is more than the 100th region; it is not used');
});

test('selects only the configured interface and regions, in the configured order', () => {
  const catalog = [
    entry('a', 'http://a'),
    entry('b', 'http://b', 'internal'),
    entry('c', 'http://c'),
    entry('d', 'http://d'),
  ];
  expect([...selectEndpoints(catalog, { ...rules, regions: ['d', 'b', 'a'] }).endpoints.keys()]).toEqual(['d', 'a']);
  expect([...selectEndpoints(catalog, { ...rules, interfaces: ['internal'] }).endpoints.keys()]).toEqual(['b']);
});

test('prefers the first interface that a region has', () => {
  const catalog = [
    entry('a', 'http://a-public'),
    entry('a', 'http://a-internal', 'internal'),
    entry('b', 'http://b-public'),
    entry('c', 'http://c-admin', 'admin'),
  ];
  const { endpoints, problems } = selectEndpoints(catalog, { ...rules, interfaces: ['internal', 'public'] });
  expect([...endpoints].map(([region, { url }]) => [region, url])).toEqual([
    ['a', 'http://a-internal'],
    ['b', 'http://b-public'],
  ]);
  expect(problems).toEqual([]);
});

test('an endpoint without a URL does not stand for its interface', () => {
  const catalog = [entry('a', '', 'internal'), entry('a', 'http://a-public'), entry('b', '', 'internal')];
  const { endpoints, problems } = selectEndpoints(catalog, { ...rules, interfaces: ['internal', 'public'] });
  expect([...endpoints].map(([region, { url }]) => [region, url])).toEqual([['a', 'http://a-public']]);
  expect(problems).toEqual([expect.stringMatching(/^b: "" is not an http or https URL/)]);
});

test('uses an overriding endpoint instead of that of the catalog, on any host', () => {
  const override = { origin: 'http://other', basePath: '/image', url: 'http://other/image' };
  const catalog = [entry('a', 'ftp://a'), entry('b', 'http://b')];
  const { endpoints, problems } = selectEndpoints(catalog, {
    ...rules,
    regions: ['a', 'b'],
    overrides: new Map([['a', override]]),
    isAllowed: (origin) => origin === 'http://b',
  });
  expect(endpoints.get('a')).toBe(override);
  expect(endpoints.get('b')?.url).toBe('http://b');
  expect(problems).toEqual([]);
});

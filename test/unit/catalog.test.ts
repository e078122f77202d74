import { expect, test } from 'vitest';
import { chooseEndpoints } from '../../src/keystone/catalog.ts';

const rules = { interface: 'public', regions: null, allowHttp: true, isAllowed: () => true } as const;
const entry = (region: string | null, url: string, kind = 'public') => ({ region, url, interface: kind });

test('of two endpoints of a region the first by URL is chosen, whatever their order', () => {
  const catalog = [entry('one', 'http://b'), entry('one', 'http://a')];
  for (const order of [catalog, catalog.toReversed()]) {
    const { endpoints, problems } = chooseEndpoints(order, rules);
    expect(endpoints).toEqual(new Map([['one', { origin: 'http://a', basePath: '', url: 'http://a' }]]));
    expect(problems).toEqual(['one: http://b is a second endpoint of the region; it is not used']);
  }
});

test('plain http is refused where Keystone is https, unless it is allowed', () => {
  const catalog = [entry('one', 'http://a'), entry('two', 'https://b')];
  const { endpoints, problems } = chooseEndpoints(catalog, { ...rules, allowHttp: false });
  expect([...endpoints.keys()]).toEqual(['two']);
  expect(problems).toEqual([
    'one: http://a is not https, though Keystone is; it is not used unless ALLOW_HTTP_ENDPOINTS=1',
  ]);
  expect([...chooseEndpoints(catalog, rules).endpoints.keys()]).toEqual(['one', 'two']);
});

test('an endpoint on a host that is not allowed is not used, and named', () => {
  const isAllowed = (origin: string) => origin === 'http://a';
  const { endpoints, problems } = chooseEndpoints([entry('one', 'http://a'), entry('two', 'http://b:9292/v2')], {
    ...rules,
    isAllowed,
  });
  expect([...endpoints.keys()]).toEqual(['one']);
  expect(problems).toEqual([
    "two: http://b:9292/v2 is not on a host of Keystone's own domain, nor allowed; it is not used unless ENDPOINT_HOSTS has b",
  ]);
});

test('there are at most a hundred regions', () => {
  const catalog = Array.from({ length: 105 }, (_, index) =>
    entry(`region-${String(index).padStart(3, '0')}`, 'http://a'),
  );
  const { endpoints, problems } = chooseEndpoints(catalog, rules);
  expect(endpoints.size).toBe(100);
  expect(problems).toHaveLength(5);
  expect(problems[0]).toBe('region-100: is more than the 100th region; it is not used');
});

test('only the configured interface and regions count, in the configured order', () => {
  const catalog = [
    entry('a', 'http://a'),
    entry('b', 'http://b', 'internal'),
    entry('c', 'http://c'),
    entry('d', 'http://d'),
  ];
  expect([...chooseEndpoints(catalog, { ...rules, regions: ['d', 'b', 'a'] }).endpoints.keys()]).toEqual(['d', 'a']);
  expect([...chooseEndpoints(catalog, { ...rules, interface: 'internal' }).endpoints.keys()]).toEqual(['b']);
});

import { expect, test } from 'vitest';
import { createHostAllowlist, parseHosts } from '../../src/openstack/keystone/endpoint-allowlist.ts';

test.each([
  ['https://keystone.cloud.example.com', 'https://glance.other.example.com:9292', true],
  ['https://keystone.cloud.example.com', 'https://example.com/image', true],
  ['https://cloud.example.co.uk/identity', 'https://glance.example.co.uk', true],
  ['https://cloud.example.co.uk/identity', 'https://glance.evil.co.uk', false],
  ['https://keystone.example.com', 'https://example.com.evil.org', false],
  ['https://keystone.example.com', 'https://notexample.com', false],
  ['https://one.github.io', 'https://two.github.io', false],
  ['http://10.0.0.5:5000', 'http://10.0.0.5:9292', true],
  ['http://10.0.0.5:5000', 'http://10.0.0.6:9292', false],
  ['http://[::1]:5000', 'http://[::1]:9292', true],
  ['http://keystone:5000', 'http://keystone:9292', true],
  ['http://keystone:5000', 'http://glance:9292', false],
  ['http://keystone:5000', 'http://keystone.:9292', true],
  ['http://keystone.:5000', 'http://keystone:9292', true],
  ['http://keystone.openstack.svc.cluster.local', 'http://glance.openstack.svc.cluster.local', true],
])('with Keystone at %s, the allowlist has %s: %s', (keystone, endpoint, allowed) => {
  expect(createHostAllowlist(keystone, null)(endpoint)).toBe(allowed);
});

test('a list replaces the registered domain; Keystone’s own host stays allowed', () => {
  const isAllowed = createHostAllowlist('https://keystone.example.com', ['glance.other.org', '*.images.org']);
  const allowed = ['https://keystone.example.com', 'https://glance.other.org', 'https://a.b.images.org'];
  for (const origin of allowed) expect(isAllowed(origin)).toBe(true);
  for (const origin of ['https://glance.example.com', 'https://x.glance.other.org', 'https://images.org'])
    expect(isAllowed(origin)).toBe(false);
  expect(isAllowed('https://glance.other.org.')).toBe(true);
  expect(createHostAllowlist('https://keystone.example.com', ['*'])('http://anything')).toBe(true);
});

test.each(['', 'https://glance', 'a b', '*.', 'glance:9292', 'a,,b'])('rejects the list "%s"', (text) => {
  expect(parseHosts(text)).toBeNull();
});

test('ignores the case and spaces of a list', () => {
  expect(parseHosts('Glance.Example, *.images.org,10.0.0.1,[::1],*')).toEqual([
    'glance.example',
    '*.images.org',
    '10.0.0.1',
    '[::1]',
    '*',
  ]);
});

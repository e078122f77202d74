/** Which requests the access rules of an application credential allow. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowsRequest } from '../../src/openstack/keystone/access-rules.ts';

const allows = (rule: object, request: object = {}, basePath = '') =>
  allowsRequest(
    [{ id: 'a', service: 'image', method: 'GET', path: '/v2/info/stores/detail', ...rule }],
    { service: 'image', method: 'GET', path: '/v2/info/stores/detail', ...request },
    basePath,
  );
const allowsPath = (path: string, basePath = '') => allows({ path }, {}, basePath);

test('no rule allows nothing', () => {
  expect(allowsRequest([], { service: 'image', method: 'GET', path: '/v2/info/stores' }, '')).toBe(false);
});

test('service type and method are compared exactly', () => {
  expect(allows({})).toBe(true);
  for (const service of ['Image', 'glance', 'images', '*', ''])
    expect([service, allows({ service })]).toEqual([service, false]);
  for (const method of ['HEAD', 'POST', 'get', '*']) expect([method, allows({ method })]).toEqual([method, false]);
});

// The results of keystonemiddleware's `_path_matches`.
describe('the path of a rule', () => {
  test.each([
    ['/v2/info/stores/detail', true],
    ['/v2/info/stores/detail/', false],
    ['/v2/info/stores', false],
    ['v2/info/stores/detail', false],
    ['/v2/info/stores/*', true],
    ['/v2/info/*', false],
    ['/v2/info/*/*', true],
    ['/v2/info/*/d*l', true],
    ['/v2/info/stores/detail*', false],
    ['/v2/info/**', true],
    ['/v2/info/stores/detail**', true],
    ['**', true],
    ['***', true],
    ['/**/detail', true],
    ['/**/stores', false],
    ['/v2/info/{call}/detail', true],
    ['/v2/info/{call}', false],
    ['/v2/{a}/{b}/{c}', true],
    ['/v2/{a}{b}/stores/detail', true],
    ['/v2/info/stores/{detail', true],
    ['/v2/info/stores/detail}', true],
    ['/v2.info.stores.detail', true],
    ['', false],
  ])('%s', (path, isAllowed) => {
    expect(allowsPath(path)).toBe(isAllowed);
  });

  test('may have the path of the endpoint or not', () => {
    expect(allowsPath('/image/v2/info/stores/detail')).toBe(false);
    expect(allowsPath('/image/v2/info/stores/detail', '/image')).toBe(true);
    expect(allowsPath('/v2/info/stores/detail', '/image')).toBe(true);
    expect(allowsPath('/volume/v2/info/stores/detail', '/image')).toBe(false);
  });

  test('is left to the service where it is a regular expression', () => {
    expect(allowsPath('/v2/info/(stores|import)')).toBe(true);
  });

  test('is matched in little time, however many wildcards it has', () => {
    const before = process.cpuUsage();
    expect(allowsPath(`/${'**a'.repeat(74)}`)).toBe(false);
    expect(allowsPath(`/${'**'.repeat(112)}x`)).toBe(false);
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });

  test('matches as a regular expression does', () => {
    const piece = fc.constantFrom('a', 'b', '/', '*', '**', '{x}', '.', '-');
    const text = fc.array(fc.constantFrom('a', 'b', '/', '.', '-'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), text, (pieces, path) => {
        const pattern = pieces.join('');
        const source = (pattern.match(/\{[^}]*\}|\*(?!\*)|\*\*|[^*{}]/g) ?? [])
          .map((token) => (token === '**' ? '.*' : token === '*' || token.startsWith('{') ? '[^/]+' : token))
          .join('');
        expect(allows({ path: pattern }, { path })).toBe(new RegExp(`^${source}$`).test(path));
      }),
    );
  });
});

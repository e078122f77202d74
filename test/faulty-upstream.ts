/** Queries an upstream that fails in one of its calls. */
import { expect } from 'vitest';
import { type GraphqlError, startGateway } from './gateway.ts';
import { replay } from './recorded.ts';
import { type Behaviour, startUpstream } from './recording-upstream.ts';

/** Queries `stores`, which fails as given, and `importMethods`, which must succeed within the same timeout. */
export async function queryFaulty(
  behaviour: Behaviour,
  timeoutMs = 9000,
): Promise<GraphqlError & { storesCalls: number }> {
  await using upstream = await startUpstream({
    '/v2/info/stores': behaviour,
    '/v2/info/import': replay('api-2.16-multistore-member.import'),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: String(timeoutMs) });
  const { status, data, errors } = await gateway.query('{info{stores{id} importMethods{value}}}', {
    token: 'secret-token',
  });
  expect(status).toBe(200);
  expect(data).toEqual({
    info: { stores: null, importMethods: { value: ['glance-direct', 'web-download', 'copy-image'] } },
  });
  expect(errors).toHaveLength(1);
  const [error] = errors;
  if (error === undefined) throw new Error('no error');
  expect(error.path).toEqual(['info', 'stores']);
  expect(JSON.stringify(error)).not.toMatch(/127\.0\.0\.1|localhost|secret-token|node_modules|http:/);
  // The gateway still works afterwards.
  expect((await gateway.query('{info{importMethods{value}}}')).errors).toEqual([]);
  return { ...error, storesCalls: upstream.seen.filter(({ path }) => path === '/v2/info/stores').length };
}

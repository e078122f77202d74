/** The addresses of an upstream that are connected to. */
import dns from 'node:dns';
import { afterEach, expect, test, vi } from 'vitest';
import { startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

afterEach(() => vi.restoreAllMocks());

test('OS_FORCE_IPV4 does not look up the IPv6 address of a host', async () => {
  await using upstream = await startUpstream(reply(200, { stores: [{ id: 'a' }] }));
  // Stands for a resolver: no name of every machine has both addresses.
  vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, { family, all }: dns.LookupOptions, done: Done) => {
    const found: dns.LookupAddress = family === 4 ? { address: '127.0.0.1', family: 4 } : { address: '::1', family: 6 };
    process.nextTick(() => (all ? done(null, [found]) : done(null, found.address, found.family)));
  }) as never);
  const stores = async (env: Record<string, string>) => {
    await using gateway = await startGateway({ GLANCE_URL: upstream.url.replace('127.0.0.1', 'both.example'), ...env });
    return (await gateway.query('{info{stores{id}}}')).data;
  };
  expect(await stores({})).toEqual({ info: { stores: null } });
  expect(await stores({ OS_FORCE_IPV4: 'true' })).toEqual({ info: { stores: [{ id: 'a' }] } });
});

type Done = (error: null, found: string | dns.LookupAddress[], family?: number) => void;

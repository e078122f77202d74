/** The gateway survives real Glance and Keystone servers that stop or crash, and faults of the network, and then recovers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents } from './cloud.ts';
import { projectScope } from './keystone-client.ts';
import { type Fault, type LossyProxy, startLossyProxy } from './lossy-proxy.ts';
import { whileStopped, withoutService } from './processes.ts';
import { sharedCloud } from './shared-cloud.ts';

const { skip } = realComponents(missingComponents);

/** The longest time between the end of a fault and the gateway's recovery, in milliseconds. */
const RECOVERS_WITHIN_MS = 2000;
const QUERY = '{info{importMethods{value} stores{id} usage{enabled}}}';
/** Glance may need this long for a query; on a slow machine the first one after a fault is slower. */
const ENV = { UPSTREAM_TIMEOUT_MS: '2500', REQUEST_TIMEOUT_MS: '5000', UPSTREAM_CONNECT_TIMEOUT_MS: '500' };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(skip)('the gateway recovers from', () => {
  let cloud: Cloud;
  let member: string;
  let lossy: LossyProxy;
  let gateway: TestGateway;
  let usualMs = 0;
  beforeAll(async () => {
    cloud = sharedCloud();
    member = await cloud.keystone.token('demo', projectScope('demo'));
    lossy = await startLossyProxy(cloud.multiStore.url);
    gateway = await startGateway({ GLANCE_URL: lossy.url, ...ENV });
    await gateway.query(QUERY, { token: member });
    usualMs = await glanceDuration();
  });
  afterAll(async () => {
    await gateway?.close();
    await lossy?.[Symbol.asyncDispose]();
  });

  /** Queries for a while. Every null field must have an error. @returns how often each error code occurred */
  async function queryFor(ms: number): Promise<Map<string, number>> {
    const codes = new Map<string, number>();
    const end = performance.now() + ms;
    const caller = async () => {
      while (performance.now() < end) {
        const { status, data, errors } = await gateway.query(QUERY, { token: member });
        expect(status).toBe(200);
        const { info } = data as { info: Record<string, unknown> };
        const failed = Object.keys(info).filter((field) => info[field] === null);
        expect(errors.map(({ path }) => path?.[1]).sort()).toEqual(failed.sort());
        for (const code of errors.length === 0 ? ['ok'] : errors.map(({ extensions }) => String(extensions.code)))
          codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 4 }, caller));
    return codes;
  }

  /**
   * A Glance that was stopped first processes the requests that queued up, although their callers have given up. Direct calls,
   * one at a time, show when it is done without adding load.
   */
  async function glanceRecovered(): Promise<void> {
    while ((await glanceDuration()) > 2 * usualMs + 300) await pause(200);
  }

  /** The duration of a query's calls made directly, in milliseconds; infinite when one fails. */
  async function glanceDuration(): Promise<number> {
    const startedAt = performance.now();
    for (const path of ['import', 'stores', 'usage']) {
      const init = { headers: { 'X-Auth-Token': member }, signal: AbortSignal.timeout(30_000) };
      const response = await fetch(`${cloud.multiStore.url}/v2/info/${path}`, init).catch(() => null);
      if (response?.ok !== true) return Number.POSITIVE_INFINITY;
      await response.arrayBuffer();
    }
    return performance.now() - startedAt;
  }

  /** @returns the milliseconds until a query succeeds completely */
  async function recovery(): Promise<number> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < 3 * RECOVERS_WITHIN_MS) {
      const { errors } = await gateway.query(QUERY, { token: member });
      if (errors.length === 0) break;
      await pause(20);
    }
    return performance.now() - startedAt;
  }

  function report(fault: string, codes: ReadonlyMap<string, number>, ms: number): void {
    const counts = [...codes].map(([code, count]) => `${count} ${code}`).join(', ');
    process.stdout.write(`${fault}: ${counts}; recovered after ${Math.round(ms)} ms\n`);
  }

  type Counts = Map<string, number>;
  const outages: [title: string, during: (act: () => Promise<Counts>) => Promise<Counts>][] = [
    ['a stopped Glance (SIGSTOP)', (act) => whileStopped(cloud.multiStore, act)],
    ['a stopped Keystone (SIGSTOP)', (act) => whileStopped(cloud.keystone, act)],
  ];
  const faults: Fault[] = [
    { kind: 'delay', delayMs: 400 },
    { kind: 'truncate', afterBytes: 0 },
    { kind: 'truncate', afterBytes: 60 },
    { kind: 'trickle', everyMs: 20 },
    { kind: 'corrupt', percent: 5 },
    { kind: 'black hole' },
  ];
  for (const fault of faults) {
    outages.push([
      `a network fault: ${Object.values(fault).join(' ')}`,
      async (act) => {
        lossy.fault = fault;
        const counts = await act();
        lossy.fault = { kind: 'none' };
        return counts;
      },
    ]);
  }

  test.each(outages)('%s', async (title, during) => {
    const codes = await during(() => queryFor(3500));
    await glanceRecovered();
    const ms = await recovery();
    report(title, codes, ms);
    expect(ms).toBeLessThan(RECOVERS_WITHIN_MS + usualMs);
    expect(gateway.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });

  test('a broken store driver, which fails its own call only', async () => {
    await using other = await startGateway({ GLANCE_URL: cloud.brokenDriver.url, ...ENV });
    const query = '{info{stores{id} storesDetail{id}}}';
    for (let time = 0; time < 25; time += 1) {
      const { data, errors } = await other.query(query, { token: cloud.keystone.adminToken });
      expect(data).toEqual({ info: { stores: expect.any(Array), storesDetail: null } });
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_ERROR', status: 500 } }]);
    }
  });

  test('a Glance that is killed (SIGKILL) and restarted', async () => {
    const codes = await withoutService(cloud.multiStore, () => queryFor(2000));
    expect([...codes.keys()]).toEqual(['UPSTREAM_UNAVAILABLE']);
    await glanceRecovered();
    const ms = await recovery();
    report('a killed and restarted Glance', codes, ms);
    expect(ms).toBeLessThan(RECOVERS_WITHIN_MS + usualMs);
  });
});

/** The real Glance and Keystone stop, die, and come back, or the way to them is bad; when they serve again, so does the gateway. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Cloud, missingComponents, startCloud } from '../openstack/cloud.ts';
import { projectScope } from '../openstack/keystone.ts';
import { realComponents } from '../real-components.ts';
import { type LossyProxy, type Path, startLossyProxy } from './lossy-proxy.ts';

const { skip } = realComponents(missingComponents);

/** Within this time, in milliseconds, the gateway serves again when a fault is over. */
const RECOVERS_WITHIN_MS = 2000;
const QUERY = '{info{importMethods{value} stores{id} usage{enabled}}}';
/** What Glance needs to answer one query; on a slow machine the first after a fault takes a while of its own. */
const ENV = { UPSTREAM_TIMEOUT_MS: '2500', REQUEST_TIMEOUT_MS: '5000', UPSTREAM_CONNECT_TIMEOUT_MS: '500' };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(skip)('a fault', () => {
  let cloud: Cloud;
  let member: string;
  let lossy: LossyProxy;
  let gateway: TestGateway;
  let usualMs = 0;
  beforeAll(async () => {
    cloud = await startCloud();
    member = await cloud.keystone.token('demo', projectScope('demo'));
    lossy = await startLossyProxy(cloud.multiStore.url);
    gateway = await startGateway({ GLANCE_URL: lossy.url, ...ENV });
    await gateway.query(QUERY, { token: member });
    usualMs = await ownTime();
  });
  afterAll(async () => {
    await gateway?.close();
    await lossy?.[Symbol.asyncDispose]();
    await cloud?.[Symbol.asyncDispose]();
  });

  /** Asks all the time; each answer is whole, or says for each field that failed why. Gives the codes that came. */
  async function askFor(ms: number): Promise<Map<string, number>> {
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
   * A Glance that was stopped works off what callers have long given up, and has Keystone do so, before it answers anybody in
   * time. One question at a time, waited for, keeps nobody from getting there.
   */
  async function itselfServes(): Promise<void> {
    while ((await ownTime()) > 2 * usualMs + 300) await pause(200);
  }

  /** What the calls of a query take one after the other, in milliseconds; infinite when one is not answered. */
  async function ownTime(): Promise<number> {
    const begin = performance.now();
    for (const path of ['import', 'stores', 'usage']) {
      const init = { headers: { 'X-Auth-Token': member }, signal: AbortSignal.timeout(30_000) };
      const response = await fetch(`${cloud.multiStore.url}/v2/info/${path}`, init).catch(() => null);
      if (response?.ok !== true) return Number.POSITIVE_INFINITY;
      await response.arrayBuffer();
    }
    return performance.now() - begin;
  }

  /** @returns the milliseconds until a whole answer */
  async function recovery(): Promise<number> {
    const begin = performance.now();
    while (performance.now() - begin < 3 * RECOVERS_WITHIN_MS) {
      const { errors } = await gateway.query(QUERY, { token: member });
      if (errors.length === 0) break;
      await pause(20);
    }
    return performance.now() - begin;
  }

  function report(fault: string, codes: ReadonlyMap<string, number>, ms: number): void {
    const counts = [...codes].map(([code, count]) => `${count} ${code}`).join(', ');
    process.stdout.write(`${fault}: ${counts}; served again after ${Math.round(ms)} ms; lost: nothing\n`);
  }

  const outages: [title: string, begin: () => void, end: () => void][] = [
    ['Glance stopped (SIGSTOP)', () => cloud.multiStore.signal('SIGSTOP'), () => cloud.multiStore.signal('SIGCONT')],
    ['Keystone stopped (SIGSTOP)', () => cloud.keystone.signal('SIGSTOP'), () => cloud.keystone.signal('SIGCONT')],
  ];
  const paths: Path[] = [
    { kind: 'slow', delayMs: 400 },
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 60 },
    { kind: 'trickle', everyMs: 20 },
    { kind: 'garble', percent: 5 },
    { kind: 'black hole' },
  ];
  for (const path of paths) {
    outages.push([
      `a path that is ${Object.values(path).join(' ')}`,
      () => {
        lossy.path = path;
      },
      () => {
        lossy.path = { kind: 'fine' };
      },
    ]);
  }

  test.each(outages)('%s', async (title, begin, end) => {
    begin();
    const codes = await askFor(3500);
    end();
    await itselfServes();
    const ms = await recovery();
    report(title, codes, ms);
    expect(ms).toBeLessThan(RECOVERS_WITHIN_MS + usualMs);
    expect(gateway.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });

  test('a store driver that is broken takes nothing but its own call', async () => {
    await using other = await startGateway({ GLANCE_URL: cloud.brokenDriver.url, ...ENV });
    const query = '{info{stores{id} storesDetail{id}}}';
    for (let time = 0; time < 25; time += 1) {
      const { data, errors } = await other.query(query, { token: cloud.keystone.adminToken });
      expect(data).toEqual({ info: { stores: expect.any(Array), storesDetail: null } });
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_ERROR', status: 500 } }]);
    }
  });

  test('Glance killed (SIGKILL) and started anew', async () => {
    await cloud.multiStore[Symbol.asyncDispose]();
    const codes = await askFor(2000);
    expect([...codes.keys()]).toEqual(['UPSTREAM_UNAVAILABLE']);
    await cloud.multiStore.restart();
    await itselfServes();
    const ms = await recovery();
    report('Glance killed and started anew', codes, ms);
    expect(ms).toBeLessThan(RECOVERS_WITHIN_MS + usualMs);
  });
});

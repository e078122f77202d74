/** The connections to an upstream: which call has one, which waits, and which is rejected. */
import { expect, test } from 'vitest';
import { type ResponseCallbacks, toPromise } from '../../src/openstack/callbacks.ts';
import { createClient, type OpenStackClient } from '../../src/openstack/client.ts';
import { UpstreamError } from '../../src/openstack/errors.ts';
import { type Store, stores } from '../../src/openstack/glance/stores.ts';
import { createToken } from '../../src/openstack/keystone/token.ts';
import type { UpstreamRequest } from '../../src/openstack/request.ts';
import { CLIENT_OPTIONS, upstreamRequest } from '../parts.ts';
import { after, type Behaviour, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

type Stores = readonly Store[];

async function startCounting(behaviour: Behaviour) {
  let most = 0;
  let running = 0;
  const glance = await startUpstream((request, response) => {
    running += 1;
    most = Math.max(most, running);
    response.on('close', () => {
      running -= 1;
    });
    behaviour(request, response);
  });
  return { glance, most: () => most };
}

const good = reply(200, { stores: [] });

const requestTo = ({ url }: RecordingUpstream, options: Partial<UpstreamRequest<Stores>> = {}) =>
  upstreamRequest<Stores>(stores, url, { token: createToken(`${Math.random()}`), ...options });

/** What the calls fail with; `ok` for those that succeed. */
async function results(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((result) =>
    result.status === 'fulfilled' ? 'ok' : result.reason instanceof UpstreamError ? result.reason.reason.kind : 'error',
  );
}

test('calls beyond the queue fail at once, and those in it are served', async () => {
  const { glance, most } = await startCounting(after(50, good));
  const client = createClient({ ...CLIENT_OPTIONS, maxConnections: 2, maxWaiting: 3 });
  const fetch = () => client.request(requestTo(glance));
  const first = await results(Array.from({ length: 8 }, fetch));
  expect(first.filter((result) => result === 'queue_full')).toHaveLength(3);
  expect(first.filter((result) => result === 'ok')).toHaveLength(5);
  expect(most()).toBe(2);
  expect(glance.seen).toHaveLength(5);
  expect(await results(Array.from({ length: 5 }, fetch))).toEqual(Array(5).fill('ok'));
  await client.close();
  await glance[Symbol.asyncDispose]();
});

/** Starts a call and cancels it at once. */
function cancelled(client: OpenStackClient, request: UpstreamRequest<Stores>): Promise<Stores> {
  return toPromise((callbacks: ResponseCallbacks<Stores>) => client.fetch(request, callbacks).cancel());
}

test('callers who left are not in the queue', async () => {
  const { glance } = await startCounting(after(100, good));
  const client = createClient({ ...CLIENT_OPTIONS, maxConnections: 1, maxWaiting: 2 });
  const first = client.request(requestTo(glance));
  for (let time = 0; time < 10; time += 1) {
    expect(await results([cancelled(client, requestTo(glance)), cancelled(client, requestTo(glance))])).toEqual([
      'aborted',
      'aborted',
    ]);
  }
  expect(await results([first, client.request(requestTo(glance)), client.request(requestTo(glance))])).toEqual([
    'ok',
    'ok',
    'ok',
  ]);
  expect(glance.seen).toHaveLength(3);
  await client.close();
  await glance[Symbol.asyncDispose]();
});

test('a connection is free again after a call that timed out, was cancelled or cut off', async () => {
  let behaviour: Behaviour = () => {};
  const { glance } = await startCounting((request, response) => behaviour(request, response));
  const client = createClient({ ...CLIENT_OPTIONS, maxConnections: 1, maxWaiting: 10 });
  const late = () => client.request(requestTo(glance, { timeoutMs: 100 }));
  const calls = [late(), late(), cancelled(client, requestTo(glance)), cancelled(client, requestTo(glance))];
  expect(await results(calls)).toEqual(['timeout', 'timeout', 'aborted', 'aborted']);
  behaviour = (request) => request.socket.destroy();
  expect(await results([client.request(requestTo(glance))])).toEqual(['connection_error']);
  behaviour = good;
  expect(await client.request(requestTo(glance))).toEqual([]);
  await client.close();
  await glance[Symbol.asyncDispose]();
});

test('a call that hangs takes no connection from another call of the endpoint', async () => {
  const { glance } = await startCounting((request, response) =>
    (request.url?.endsWith('/usage') === true ? () => {} : good)(request, response),
  );
  const client = createClient({ ...CLIENT_OPTIONS, maxConnections: 1, maxWaiting: 1 });
  const usage = { call: 'usage', path: '/v2/info/usage', timeoutMs: 500 };
  const hanging = [client.request(requestTo(glance, usage)), client.request(requestTo(glance, usage))];
  expect(await client.request(requestTo(glance))).toEqual([]);
  expect(await results(hanging)).toEqual(['timeout', 'timeout']);
  await client.close();
  await glance[Symbol.asyncDispose]();
});

test('an internal error while a response is received fails the call', async () => {
  const { glance } = await startCounting(good);
  const error = new TypeError('internal');
  const client = createClient({
    ...CLIENT_OPTIONS,
    onResult() {
      throw error;
    },
  });
  await expect(client.request(requestTo(glance))).rejects.toBe(error);
  await client.close();
  await glance[Symbol.asyncDispose]();
});

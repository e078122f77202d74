/**
 * Random responses of an upstream: every response is JSON, none is an internal error, and nothing crashes.
 * `npm run fuzz` makes more runs; a failure prints the seed.
 */
import fc from 'fast-check';
import { test } from 'vitest';
import { recorded } from '../recorded.ts';
import { reply } from '../recording-upstream.ts';
import { check, startFuzzedGateway, TIMEOUT_MS } from './fuzzed-gateway.ts';

test('random upstream responses get valid responses', { timeout: TIMEOUT_MS }, async () => {
  let behaviour = reply(200, { stores: [] });
  await using gateway = await startFuzzedGateway((request, response) => behaviour(request, response));
  const good = recorded('api-2.16-multistore-admin.stores').body;
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.record({ stores: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    fc
      .record({
        stores: fc.array(fc.record({ id: fc.jsonValue(), default: fc.jsonValue(), 'read-only': fc.jsonValue() })),
      })
      .map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.nat(good.length), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, text]) => good.slice(0, at) + text + good.slice(at)),
  );
  const type = fc.constantFrom('application/json', 'text/html', 'application/json; charset=latin1', '');
  const upstreamResponse = fc.record({ status: fc.integer({ min: 200, max: 599 }), body, type });
  await check(
    fc.asyncProperty(upstreamResponse, async ({ status, body: text, type: contentType }) => {
      // These would open the circuit breaker, after which the upstream is not called.
      const isOutage = [502, 503, 504].includes(status);
      behaviour = reply(isOutage ? 500 : status, text, { 'Content-Type': contentType });
      gateway.expectValid(await gateway.post('{"query":"{info{stores{id default readOnly} availability{stores}}}"}'));
    }),
  );
});

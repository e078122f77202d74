/** Bounds what one token may ask of `/graphql`, so that a flood of one caller's starves no other. */
import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tokenOf } from './caller.ts';
import { HttpRefusal } from './failures.ts';

/** Callers beyond this number cost the longest unseen one its count. */
const MAX_CALLERS = 20_000;

/** @param perSecond requests that each token may make in a second; of those without one, each address */
export async function limitRates(app: FastifyInstance, perSecond: number): Promise<void> {
  await app.register(fastifyRateLimit, {
    max: perSecond,
    timeWindow: 1000,
    cache: MAX_CALLERS,
    keyGenerator: callerOf,
    allowList: (request) => request.routeOptions.url !== '/graphql',
    errorResponseBuilder: () => {
      const message = `More than ${perSecond} requests in a second (RATE_LIMIT_PER_TOKEN).`;
      return new HttpRefusal({ status: 429, code: 'RATE_LIMITED', message });
    },
  });
}

function callerOf(request: FastifyRequest): string {
  const token = tokenOf(request.raw);
  return token.kind === 'usable' ? token.digest : request.ip;
}

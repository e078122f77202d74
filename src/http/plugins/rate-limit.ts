/** Limits the rate of requests to `/graphql` per token, so that one caller can't starve the others. */
import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpError } from './errors.ts';
import { requestState } from './request-logging.ts';

/** The number of counters. Beyond it, the counter of the caller that was not seen for the longest time is dropped. */
const MAX_CALLERS = 20_000;

/** @param perSecond the requests per second for each token, or for each client address without a token */
export async function limitRates(app: FastifyInstance, perSecond: number): Promise<void> {
  await app.register(fastifyRateLimit, {
    max: perSecond,
    timeWindow: 1000,
    cache: MAX_CALLERS,
    keyGenerator: callerKey,
    allowList: (request) => request.routeOptions.url !== '/graphql',
    errorResponseBuilder: () => {
      const message = `More than ${perSecond} requests in a second (RATE_LIMIT_PER_TOKEN).`;
      return new HttpError({ status: 429, code: 'RATE_LIMITED', message });
    },
  });
}

function callerKey(request: FastifyRequest): string {
  const { token } = requestState(request);
  return token.kind === 'usable' ? token.hash : request.ip;
}

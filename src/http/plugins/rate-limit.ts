/**
 * Limits the rate of requests to `/graphql` and `/mcp`, so that one caller can't starve the others. A caller is a token that an upstream has
 * accepted. Others count by client address, as anybody can make up tokens.
 */
import { isIP, SocketAddress } from 'node:net';
import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Token } from '../../openstack/keystone/token.ts';
import type { RequestSummary } from '../../telemetry/request-summary.ts';
import { HttpError } from './errors.ts';
import { requestState } from './request-logging.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** For requests that may count by address: a socket has no address after it closes. */
    countedAddress: string;
  }
}

/** The number of counters, and of accepted tokens. Beyond it, those of the caller that was not seen for the longest time are dropped. */
const MAX_CALLERS = 20_000;
const WINDOW_MS = 1000;

/** @param perSecond the requests per second for each token, and for each client address without an accepted token */
export async function limitRates(app: FastifyInstance, perSecond: number): Promise<void> {
  const tooMany = () => {
    const message = `More than ${perSecond} requests in a second (RATE_LIMIT_PER_TOKEN).`;
    return new HttpError({ status: 429, code: 'RATE_LIMITED', message });
  };
  await app.register(fastifyRateLimit, {
    max: perSecond,
    timeWindow: WINDOW_MS,
    cache: MAX_CALLERS,
    keyGenerator: callerKey,
    allowList: (request) => !isLimited(request),
    errorResponseBuilder: tooMany,
  });
  app.decorateRequest('countedAddress', '');
  const acceptedTokens = new LRUCache<string, true>({ max: MAX_CALLERS });
  const countUnaccepted = app.createRateLimit({ keyGenerator: ({ countedAddress }) => countedAddress });

  app.addHook('onRequest', (request, reply, done) => {
    const { token } = requestState(request);
    if (!isLimited(request) || token.kind !== 'usable' || acceptedTokens.get(token.hash)) done();
    else limitUnaccepted(request, reply, token).then(() => done(), done);
  });

  async function limitUnaccepted(request: FastifyRequest, reply: FastifyReply, { hash }: Token): Promise<void> {
    request.countedAddress = addressOf(request);
    const count = await countUnaccepted(request, { increment: false });
    if (!count.isAllowed && count.remaining === 0) {
      reply.header('Retry-After', WINDOW_MS / 1000);
      throw tooMany();
    }
    // Also when the caller leaves before the response.
    reply.raw.once('close', () => {
      const { data } = requestState(request);
      if (data !== null && isAccepted(data.summary)) acceptedTokens.set(hash, true);
      else void countUnaccepted(request);
    });
  }
}

const LIMITED_ROUTES: ReadonlySet<string | undefined> = new Set(['/graphql', '/mcp']);

const isLimited = (request: FastifyRequest) => LIMITED_ROUTES.has(request.routeOptions.url);

/** Glance lists its versions without a token. */
function isAccepted({ calls }: RequestSummary): boolean {
  return calls.some(({ call, cache, result }) => call !== 'versions' && (result === 200 || cache === 'hit'));
}

function callerKey(request: FastifyRequest): string {
  const { token } = requestState(request);
  return token.kind === 'usable' ? token.hash : addressOf(request);
}

/** IPv4, or the /64 network of IPv6. Some proxies add ports in `X-Forwarded-For`; what is not an address counts for the proxy. */
function addressOf({ ip, socket }: FastifyRequest): string {
  const address = isIP(ip) === 0 ? (SocketAddress.parse(ip)?.address ?? socket.remoteAddress ?? '') : ip;
  return normalizeIP(address);
}

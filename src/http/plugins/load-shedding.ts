/** Rejects requests with 503, before their bodies are parsed, while the event loop is overloaded or too many requests are in flight. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { HttpError } from './errors.ts';

/** The mean delay of timers, in milliseconds, above which the event loop is overloaded. Full load delays them by tens of milliseconds. */
const MAX_DELAY_MS = 250;
/** A request in flight takes about 20 kB. Upstream calls have limits of their own: most of so many requests wait for the same calls. */
const MAX_IN_FLIGHT = 4000;
const CHECK_INTERVAL_MS = 500;
/** The sampling interval of the event loop's delay. */
const RESOLUTION_MS = 10;
const RETRY_AFTER_SECONDS = 1;
/** A longer overload is not a peak: the instance has too much load. */
const SUSTAINED_MS = 5000;
/** Cheap routes that operators need during an overload. */
const EXEMPT_ROUTES: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics']);

/** @returns whether an overload has lasted so long that load balancers should remove the instance */
export function shedLoad(app: FastifyInstance, requestsInFlight: () => number): () => boolean {
  const { isOverloaded, isOverloadSustained } = monitorEventLoop(app);
  app.addHook('onRequest', (request, reply, done) => {
    const areTooMany = requestsInFlight() > MAX_IN_FLIGHT;
    // A pipelined request: a 503 would wait for the responses before it, while the connection sends more requests.
    if (areTooMany && reply.raw.socket === null) return void request.raw.socket.destroy();
    if (!(areTooMany || isOverloaded()) || EXEMPT_ROUTES.has(request.routeOptions.url)) return done();
    reply.header('Retry-After', RETRY_AFTER_SECONDS);
    const message = 'The gateway is overloaded; try again in a second.';
    done(new HttpError({ status: 503, code: 'SERVICE_UNAVAILABLE', message }));
  });
  return isOverloadSustained;
}

/** From when the server is ready until its last response is sent. */
function monitorEventLoop(app: FastifyInstance) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let overloadedSince = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isStarting = true;
  const update = () => {
    // The first interval includes the compilation of what the first requests need.
    if (isStarting) {
      isStarting = false;
      delays.reset();
      return;
    }
    // The mean is NaN when no timer ran at all, which is an overload too.
    const isOnTime = delays.mean / 1e6 - RESOLUTION_MS <= MAX_DELAY_MS;
    overloadedSince = isOnTime ? Number.POSITIVE_INFINITY : Math.min(overloadedSince, performance.now());
    delays.reset();
  };
  // Creating the gateway blocks the event loop, which says nothing about the load.
  app.addHook('onReady', (done) => {
    delays.enable();
    timer = setInterval(update, CHECK_INTERVAL_MS).unref();
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer);
    delays.disable();
    done();
  });
  return {
    isOverloaded: () => overloadedSince !== Number.POSITIVE_INFINITY,
    isOverloadSustained: () => performance.now() - overloadedSince > SUSTAINED_MS,
  };
}

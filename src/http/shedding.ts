/** Refuses requests, before anything of them is parsed, while the event loop is too far behind to answer them in time. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { HttpRefusal } from './failures.ts';

/** How late timers may run, on average over one look. Full load makes it some tens of milliseconds. */
const MAX_LOOP_DELAY_MS = 250;
const LOOK_EVERY_MS = 500;
/** How often it is seen how late a timer is. */
const RESOLUTION_MS = 10;
const RETRY_AFTER_SECONDS = 1;
/** Shedding that goes on for so long, in milliseconds, is not a wave but too much load for this instance. */
const LASTING_MS = 5000;
/** What stays answerable whatever the load: it costs little, and tells of the load. */
const EXEMPT: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics']);

/** How the event loop keeps up. */
export interface LoopWatch {
  /** Whether requests had better be refused. */
  isBehind(): boolean;
  /** Whether it has been so for a while, so that requests are better sent elsewhere. */
  isLasting(): boolean;
  end(): void;
}

export function watchLoop(): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let since = Number.POSITIVE_INFINITY;
  const looking = setInterval(() => {
    // No timer ran at all where there is no mean.
    const keepsUp = delays.mean / 1e6 - RESOLUTION_MS <= MAX_LOOP_DELAY_MS;
    since = keepsUp ? Number.POSITIVE_INFINITY : Math.min(since, performance.now());
    delays.reset();
  }, LOOK_EVERY_MS).unref();
  return {
    isBehind: () => since !== Number.POSITIVE_INFINITY,
    isLasting: () => performance.now() - since > LASTING_MS,
    end() {
      clearInterval(looking);
      delays.disable();
    },
  };
}

export function shedLoad(app: FastifyInstance, { isBehind }: LoopWatch): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!isBehind() || EXEMPT.has(request.routeOptions.url)) return done();
    reply.header('Retry-After', RETRY_AFTER_SECONDS);
    const message = 'The gateway has more to do than it can; try again in a second.';
    done(new HttpRefusal({ status: 503, code: 'SERVICE_UNAVAILABLE', message }));
  });
}

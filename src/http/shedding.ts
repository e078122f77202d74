/** Refuses requests, before anything of them is parsed, while the event loop is too far behind to answer them in time. */
import fastifyUnderPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { HttpRefusal } from './failures.ts';

/** How late timers may run, on average over one look. Full load makes it some tens of milliseconds. */
const MAX_LOOP_DELAY_MS = 250;
const LOOK_EVERY_MS = 500;
const RETRY_AFTER_SECONDS = 1;
/** Shedding that goes on for so long, in milliseconds, is not a wave but too much load for this instance. */
const LASTING_MS = 5000;
/** What stays answerable whatever the load: it costs little, and tells of the load. */
const EXEMPT: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz', '/metrics']);

/** @returns whether shedding lasts, so that requests are better sent elsewhere */
export async function shedLoad(app: FastifyInstance): Promise<() => boolean> {
  await app.register(fastifyUnderPressure, {
    maxEventLoopDelay: MAX_LOOP_DELAY_MS,
    sampleInterval: LOOK_EVERY_MS,
    async pressureHandler(request, reply) {
      if (EXEMPT.has(request.routeOptions.url)) return;
      reply.header('Retry-After', RETRY_AFTER_SECONDS);
      const message = 'The gateway has more to do than it can; try again in a second.';
      throw new HttpRefusal({ status: 503, code: 'SERVICE_UNAVAILABLE', message });
    },
  });

  let since = Number.POSITIVE_INFINITY;
  const looking = setInterval(() => {
    since = app.isUnderPressure() ? Math.min(since, performance.now()) : Number.POSITIVE_INFINITY;
  }, LOOK_EVERY_MS).unref();
  app.addHook('onClose', async () => clearInterval(looking));
  return () => performance.now() - since > LASTING_MS;
}

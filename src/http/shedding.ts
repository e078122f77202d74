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
  // It measures here; its own look at each request would cost each of them.
  await app.register(fastifyUnderPressure, { sampleInterval: LOOK_EVERY_MS });
  let since = Number.POSITIVE_INFINITY;
  let isBehind = false;
  const looking = setInterval(() => {
    isBehind = app.memoryUsage().eventLoopDelay > MAX_LOOP_DELAY_MS;
    since = isBehind ? Math.min(since, performance.now()) : Number.POSITIVE_INFINITY;
  }, LOOK_EVERY_MS).unref();
  app.addHook('onClose', async () => clearInterval(looking));

  app.addHook('onRequest', (request, reply, done) => {
    if (!isBehind || EXEMPT.has(request.routeOptions.url)) return done();
    reply.header('Retry-After', RETRY_AFTER_SECONDS);
    const message = 'The gateway has more to do than it can; try again in a second.';
    done(new HttpRefusal({ status: 503, code: 'SERVICE_UNAVAILABLE', message }));
  });
  return () => performance.now() - since > LASTING_MS;
}

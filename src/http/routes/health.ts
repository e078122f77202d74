import type { FastifyInstance } from 'fastify';

/** How long a readiness check is reused, in milliseconds, so that frequent probes do not load the upstream. */
const READINESS_TTL_MS = 2000;

export interface Health {
  /** Whether the process is about to exit. */
  isDraining(): boolean;
  /** Whether the event loop has been overloaded for a while. */
  isOverloadSustained(): boolean;
  isReachable(): Promise<boolean>;
}

/**
 * `/healthz` responds with 200 while the process runs. `/readyz` responds with 503 while the process drains or is overloaded, or no
 * upstream can be reached.
 */
export function serveHealth(app: FastifyInstance, { isDraining, isOverloadSustained, isReachable }: Health): void {
  let lastCheck: { readonly at: number; readonly reachable: Promise<boolean> } | null = null;

  app.get('/healthz', async (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const status = await currentStatus();
    return reply
      .code(status === 'ready' ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status });
  });

  async function currentStatus(): Promise<string> {
    if (isDraining()) return 'draining';
    if (isOverloadSustained()) return 'overloaded';
    return (await checkReachable()) ? 'ready' : 'upstream unreachable';
  }

  function checkReachable(): Promise<boolean> {
    const now = performance.now();
    if (lastCheck === null || now - lastCheck.at > READINESS_TTL_MS) lastCheck = { at: now, reachable: isReachable() };
    return lastCheck.reachable;
  }
}

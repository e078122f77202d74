import type { FastifyInstance } from 'fastify';

/** How long an answer of `/readyz` serves those who ask again: probes must not become load on the upstream. */
const READINESS_KEPT_MS = 2000;

/**
 * `/healthz`: the process lives. `/readyz`: `isReady` says that the upstream can be reached; 503 when not.
 */
export function serveHealth(app: FastifyInstance, isReady: () => Promise<boolean>): void {
  let asked: { readonly at: number; readonly ready: Promise<boolean> } | null = null;

  app.get('/healthz', async (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const now = performance.now();
    if (asked === null || now - asked.at > READINESS_KEPT_MS) asked = { at: now, ready: isReady() };
    const ready = await asked.ready;
    return reply
      .code(ready ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status: ready ? 'ready' : 'upstream unreachable' });
  });
}

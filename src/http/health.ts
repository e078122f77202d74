import type { FastifyInstance } from 'fastify';

/** How long an answer of `/readyz` serves those who ask again: probes must not become load on the upstream. */
const READINESS_KEPT_MS = 2000;

export interface Health {
  /** Whether the process is about to end. */
  isEnding(): boolean;
  /** Whether requests are refused for too much load, and have been for a while. */
  isOverloaded(): boolean;
  isReachable(): Promise<boolean>;
}

/** `/healthz`: the process lives. `/readyz`: it goes on living, keeps up, and the upstream can be reached; 503 when not. */
export function serveHealth(app: FastifyInstance, { isEnding, isOverloaded, isReachable }: Health): void {
  let asked: { readonly at: number; readonly reachable: Promise<boolean> } | null = null;

  app.get('/healthz', async (_request, reply) => reply.header('Cache-Control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const status = await statusNow();
    return reply
      .code(status === 'ready' ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status });
  });

  async function statusNow(): Promise<string> {
    if (isEnding()) return 'ending';
    if (isOverloaded()) return 'overloaded';
    return (await isReachableLately()) ? 'ready' : 'upstream unreachable';
  }

  function isReachableLately(): Promise<boolean> {
    const now = performance.now();
    if (asked === null || now - asked.at > READINESS_KEPT_MS) asked = { at: now, reachable: isReachable() };
    return asked.reachable;
  }
}

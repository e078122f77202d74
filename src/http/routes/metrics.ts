import { type FastifyInstance, fastify } from 'fastify';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';

/** Serves `/metrics` for Prometheus. */
export function serveMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', async (_request, reply) =>
    reply
      .type(metrics.contentType)
      .header('Cache-Control', 'no-store')
      .send(await metrics.text()),
  );
}

/** A server of `/metrics` alone, for a port that callers cannot reach. Its requests are neither logged nor counted. */
export function createMetricsApp(metrics: Metrics, logger: Logger): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  serveMetrics(app, metrics);
  app.addHook('onListen', (done) => {
    logger.info({ address: app.listeningOrigin }, 'metrics listening');
    done();
  });
  return app;
}

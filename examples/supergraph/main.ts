/** `npm run example:supergraph`: glance-graphql as a sandbox, a subgraph of images, and Hive Gateway over both. */
import { loadConfig } from '../../src/config/config.ts';
import { createGateway } from '../../src/gateway.ts';
import { loadSdl } from '../../src/graphql/schema.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { imagesSdl, startImagesSubgraph } from './images-subgraph.ts';
import { composeSupergraph, startHiveGateway } from './supergraph.ts';

const config = loadConfig({ PORT: '0', LOG_LEVEL: 'warn' });
const glance = await createGateway(config, createLogger(config.logLevel));
const glanceUrl = await glance.app.listen({ host: config.host, port: config.port });
const images = await startImagesSubgraph();
const router = await startHiveGateway(
  composeSupergraph([
    { name: 'glance', url: `${glanceUrl}/graphql`, sdl: loadSdl() },
    { name: 'images', url: images.url, sdl: imagesSdl },
  ]),
);

process.stdout.write(`The supergraph is at ${router.url}. Try

curl -s ${router.url} -H 'Content-Type: application/json' -H 'X-Auth-Token: sandbox-admin' \\
  -d '{"query": "{ images { name stores { id default detail { type weight } } region { id info { availability { stores } } } } }"}'

or the same with X-Auth-Token: sandbox-member. Ctrl-C stops everything.
`);

const close = async () => {
  await Promise.all([router.close(), images.close(), glance.close()]);
  process.exit(0);
};
process.once('SIGINT', close);
process.once('SIGTERM', close);

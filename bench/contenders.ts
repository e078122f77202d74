/** The other servers that are measured beside the gateway, and two baselines. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHIPPED, UNCACHED } from './gateways.ts';
import { type Environment, SERVER_CORE, startPinned, temporaryFolder } from './processes.ts';
import { CONTENDER_QUERIES, MESH_QUERIES, postRequest } from './queries.ts';
import type { Contender } from './servers.ts';

const here = (file: string) => new URL(file, import.meta.url).pathname;

const script = (name: string, file: string, env: Environment = {}): Contender => ({
  name,
  queries: CONTENDER_QUERIES,
  toRequest: postRequest,
  start: (upstream, port) =>
    startPinned(SERVER_CORE, [process.execPath, here(file)], { UPSTREAM: upstream, PORT: String(port), ...env }),
});

export const CONSTANT = script('baseline: constant', 'baselines/constant.ts');
export const FOUR_CALLS = script('baseline: four calls joined', 'baselines/four-calls.ts');
/** As many connections as the gateway opens to one endpoint. */
export const FOUR_CALLS_256 = script('baseline: four calls joined, 256 connections', 'baselines/four-calls.ts', {
  UPSTREAM_CONNECTIONS: '256',
});
export const APOLLO = script('Apollo Server, fetch in resolvers', 'contenders/apollo-fetch/server.js');
const YOGA = script('GraphQL Yoga, fetch in resolvers', 'contenders/yoga/server.js');
const MERCURIUS = script('Mercurius, JIT, undici', 'contenders/mercurius/server.js');

export const HIVE: Contender = {
  name: 'Hive Gateway, GraphQL Mesh OpenAPI',
  queries: MESH_QUERIES,
  toRequest: postRequest,
  start(upstream, port) {
    const folder = here('contenders/hive-mesh');
    const supergraph = join(temporaryFolder(), 'supergraph.graphql');
    const bin = `${folder}/node_modules/.bin`;
    const options = { cwd: folder, env: { ...process.env, UPSTREAM: upstream } };
    spawnSync(process.execPath, [`${bin}/mesh-compose`, '-o', supergraph], options);
    const args = ['supergraph', supergraph, '--port', String(port), '--host', '127.0.0.1', '--fork', '1'];
    const config = ['--config-path', `${folder}/gateway.config.ts`];
    return startPinned(SERVER_CORE, [process.execPath, `${bin}/hive-gateway`, ...args, ...config], {});
  },
};

/** A folder with Debian 13's libraries: Tailcall needs glibc 2.39, and Debian 12 has 2.36. */
const TRIXIE_ROOT = process.env.TRIXIE_ROOT ?? '/var/cache/glance-graphql/trixie';

export const TAILCALL: Contender = {
  name: 'Tailcall (native)',
  queries: CONTENDER_QUERIES,
  toRequest: postRequest,
  unavailable: `it needs glibc 2.39, from Debian 13's libraries in ${TRIXIE_ROOT} (TRIXIE_ROOT)`,
  start(upstream, port) {
    const loader = `${TRIXIE_ROOT}/lib64/ld-linux-x86-64.so.2`;
    if (!existsSync(loader)) return null;
    const folder = here('contenders/tailcall');
    const config = join(temporaryFolder(), 'config.graphql');
    const template = readFileSync(`${folder}/config.graphql`, 'utf8');
    writeFileSync(config, template.replaceAll('UPSTREAM', upstream).replace('port: PORT', `port: ${port}`));
    const libraries = ['lib', 'usr/lib'].map((path) => `${TRIXIE_ROOT}/${path}/x86_64-linux-gnu`).join(':');
    const binary = `${folder}/node_modules/@tailcallhq/core-linux-x64-gnu/bin/tailcall`;
    return startPinned(SERVER_CORE, [loader, '--library-path', libraries, binary, 'start', config], {
      TC_LOG_LEVEL: 'error',
    });
  },
};

export const CONTENDERS: readonly Contender[] = [
  CONSTANT,
  FOUR_CALLS,
  APOLLO,
  YOGA,
  MERCURIUS,
  HIVE,
  TAILCALL,
  UNCACHED,
  SHIPPED,
];

export function installContenders(): void {
  for (const name of ['apollo-fetch', 'yoga', 'mercurius', 'hive-mesh', 'tailcall']) {
    const folder = here(`contenders/${name}`);
    if (existsSync(`${folder}/node_modules`)) continue;
    process.stderr.write(`installing ${name}\n`);
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm ci failed in ${folder}`);
  }
}

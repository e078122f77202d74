/** Who is measured: the gateway, what people would pick otherwise, and two bounds. */
import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../scripts/free-port.ts';
import { type Environment, FLAGS, SERVER_CORE, startPinned, temporaryFolder } from './processes.ts';

export const QUERY_NAMES = ['Q1', 'Q2', 'Q3'] as const;
export type QueryName = (typeof QUERY_NAMES)[number];
export type Queries = Readonly<Record<QueryName, string>>;

export interface Contender {
  readonly name: string;
  readonly queries: Queries;
  /** Null when it can not run here, for the reason that `missing` tells. */
  start(upstream: string, port: number): ChildProcess | null;
  readonly missing?: string;
}

export interface Running {
  readonly contender: Contender;
  readonly child: ChildProcess;
  readonly url: string;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly firstAnswerMs: number;
}

const here = (file: string) => new URL(file, import.meta.url).pathname;
const node = (file: string) => [process.execPath, here(file)];

const STORE = 'id description default readOnly';
const QUOTAS = ['image_size_total', 'image_stage_total', 'image_count_total', 'image_count_uploading'];
const tenTimes = (field: string) => Array.from({ length: 10 }, (_, index) => `s${index}: ${field}`).join(' ');

function queriesOf(all: (stores: string) => string, stores: string, first: string): Queries {
  return { Q1: first, Q2: all(stores), Q3: all(tenTimes(stores)) };
}

const OURS = queriesOf(
  (stores) =>
    `{info{importMethods{description type value} ${stores} storesDetail{${STORE} type weight properties{raw}} usage{enabled quotas{name usage limit unlimited remaining unit}}}}`,
  `stores{${STORE}}`,
  '{info{importMethods{value}}}',
);

const THEIRS = queriesOf(
  (stores) =>
    `{info{importMethods{description type value} ${stores} storesDetail{${STORE} type weight properties{data_dir chunk_size thin_provisioning}} usage{${QUOTAS.map((quota) => `${quota}{usage limit}`).join(' ')}}}}`,
  `stores{${STORE}}`,
  '{info{importMethods{value}}}',
);

const MESH_STORE = 'id description default read_only';
const MESH = queriesOf(
  (stores) =>
    `{importMethods{import_methods{description type value}} ${stores} storesDetail{stores{${MESH_STORE} type weight properties{data_dir chunk_size thin_provisioning}}} usage{usage{${QUOTAS.map((quota) => `${quota}{usage limit}`).join(' ')}}}}`,
  `stores{stores{${MESH_STORE}}}`,
  '{importMethods{import_methods{value}}}',
);

/** No answer serves a second request; calls under way are shared still. */
export const NOTHING_KEPT = Object.fromEntries(
  ['IMPORT', 'STORES', 'STORES_DETAIL', 'VERSIONS', 'USAGE'].map((call) => [`CACHE_TTL_${call}_MS`, '0']),
);

/** @param flags for Node, beside those that it always has */
export const ours = (
  name: string,
  envFor: (upstream: string) => Environment,
  flags: readonly string[] = [],
): Contender => ({
  name,
  queries: OURS,
  start: (upstream, port) =>
    startPinned(SERVER_CORE, [process.execPath, ...FLAGS, ...flags, here('../src/main.ts')], {
      PORT: String(port),
      ...envFor(upstream),
    }),
});

const scripted = (name: string, file: string, queries: Queries): Contender => ({
  name,
  queries,
  start: (upstream, port) => startPinned(SERVER_CORE, node(file), { UPSTREAM: upstream, PORT: String(port) }),
});

export const GATEWAY = ours('glance-graphql, as shipped', (upstream) => ({ GLANCE_URL: upstream }));
export const GATEWAY_KEEPING_NOTHING = ours('glance-graphql, nothing kept', (upstream) => ({
  GLANCE_URL: upstream,
  ...NOTHING_KEPT,
}));
export const CONSTANT = scripted('bound: a constant', 'bounds/constant.ts', THEIRS);
export const FAN_OUT = scripted('bound: four calls, joined', 'bounds/fan-out.ts', THEIRS);
export const NAIVE = scripted('Apollo Server, fetch in resolvers', 'contenders/apollo-fetch/server.js', THEIRS);
export const HIVE: Contender = {
  name: 'Hive Gateway over Mesh OpenAPI',
  queries: MESH,
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

/** Where another Debian's libraries are unpacked: Tailcall wants a younger glibc than Debian 12 has. */
const YOUNGER_DEBIAN = process.env.TRIXIE_ROOT ?? '/var/cache/glance-graphql/trixie';

export const TAILCALL: Contender = {
  name: 'Tailcall (native)',
  queries: THEIRS,
  missing: `it needs a glibc of 2.39, or Debian 13's libraries at ${YOUNGER_DEBIAN} (TRIXIE_ROOT)`,
  start(upstream, port) {
    const loader = `${YOUNGER_DEBIAN}/lib64/ld-linux-x86-64.so.2`;
    if (!existsSync(loader)) return null;
    const folder = here('contenders/tailcall');
    const config = join(temporaryFolder(), 'config.graphql');
    const template = readFileSync(`${folder}/config.graphql`, 'utf8');
    writeFileSync(config, template.replaceAll('UPSTREAM', upstream).replace('port: PORT', `port: ${port}`));
    const libraries = ['lib', 'usr/lib'].map((path) => `${YOUNGER_DEBIAN}/${path}/x86_64-linux-gnu`).join(':');
    const binary = `${folder}/node_modules/@tailcallhq/core-linux-x64-gnu/bin/tailcall`;
    return startPinned(SERVER_CORE, [loader, '--library-path', libraries, binary, 'start', config], {
      TC_LOG_LEVEL: 'error',
    });
  },
};

export const CONTENDERS: readonly Contender[] = [
  CONSTANT,
  FAN_OUT,
  NAIVE,
  scripted('GraphQL Yoga, fetch in resolvers', 'contenders/yoga/server.js', THEIRS),
  scripted('Mercurius, JIT, undici', 'contenders/mercurius/server.js', THEIRS),
  HIVE,
  TAILCALL,
  GATEWAY_KEEPING_NOTHING,
  GATEWAY,
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

const STARTS_WITHIN_MS = 30_000;

/** Null when the contender can not run here. */
export async function startContender(contender: Contender, upstream: string): Promise<Running | null> {
  const port = await freePort();
  const child = contender.start(upstream, port);
  if (child === null) return null;
  const begin = performance.now();
  child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url, contender.queries.Q2))) {
    if (performance.now() - begin > STARTS_WITHIN_MS || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`${contender.name} did not come up`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { contender, child, url, firstAnswerMs: performance.now() - begin };
}

/** Whether it answers the query in full. */
async function answers(url: string, query: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'token-1' },
      body: JSON.stringify({ query }),
    });
    const body: { data?: unknown; errors?: unknown } = JSON.parse(await response.text());
    if (body.errors !== undefined) throw new Error(`${url} answers ${JSON.stringify(body.errors).slice(0, 500)}`);
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return false;
    throw error;
  }
}

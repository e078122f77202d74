/** The gateway in the configurations that are measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpRequest } from './load.ts';
import { type Environment, SERVER_CORE, startPinned } from './processes.ts';
import { GATEWAY_QUERIES, getRequest, postRequest } from './queries.ts';
import type { Contender } from './servers.ts';

export interface GatewaySetup {
  readonly name: string;
  /** The environment that differs from the defaults. */
  env(upstream: string): Environment;
  /** POST when absent. */
  toRequest?(query: string): HttpRequest;
}

const PROJECT = new URL('..', import.meta.url).pathname;
const ORIGIN = 'https://portal.example';
const withOrigin = (query: string): HttpRequest => {
  const request = postRequest(query);
  return { ...request, headers: { ...request.headers, Origin: ORIGIN } };
};

const glance = (upstream: string) => ({ GLANCE_URL: upstream });
const CORS = { CORS_ORIGINS: ORIGIN };
/** The highest that the gateway accepts, so that no request is rejected. */
const RATE_LIMIT = { RATE_LIMIT_PER_TOKEN: '1000000' };
/** No cached response is reused; identical calls in flight are still coalesced. */
const NO_CACHE = Object.fromEntries(
  ['IMPORT', 'STORES', 'STORES_DETAIL', 'VERSIONS', 'USAGE'].map((call) => [`CACHE_TTL_${call}_MS`, '0']),
);

export const SETUPS = {
  shipped: { name: 'glance-graphql, as shipped', env: glance },
  uncached: { name: 'glance-graphql, nothing cached', env: (upstream) => ({ ...glance(upstream), ...NO_CACHE }) },
  get: { name: 'GET', env: glance, toRequest: getRequest },
  cors: {
    name: 'CORS_ORIGINS',
    env: (upstream) => ({ ...glance(upstream), ...CORS }),
    toRequest: withOrigin,
  },
  rateLimit: { name: 'RATE_LIMIT_PER_TOKEN', env: (upstream) => ({ ...glance(upstream), ...RATE_LIMIT }) },
  corsAndRateLimit: {
    name: 'CORS_ORIGINS and RATE_LIMIT_PER_TOKEN',
    env: (upstream) => ({ ...glance(upstream), ...CORS, ...RATE_LIMIT }),
    toRequest: withOrigin,
  },
  keystone: { name: "Keystone's catalog (OS_AUTH_URL)", env: (upstream) => ({ OS_AUTH_URL: upstream }) },
} satisfies Readonly<Record<string, GatewaySetup>>;

/**
 * Runs the gateway with the flags of its `npm start`.
 *
 * @param root the folder of the revision to run
 * @param flags for Node, in addition
 */
export function gateway(
  { name, env, toRequest = postRequest }: GatewaySetup,
  { root = PROJECT, flags = [] }: { readonly root?: string; readonly flags?: readonly string[] } = {},
): Contender {
  const { scripts }: { scripts: { start: string } } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, ...args] = scripts.start.split(' ');
  return {
    name,
    queries: GATEWAY_QUERIES,
    toRequest,
    start: (upstream, port) =>
      startPinned(
        SERVER_CORE,
        [process.execPath, ...flags, ...args],
        { PORT: String(port), ...env(upstream) },
        { cwd: root },
      ),
  };
}

export const SHIPPED = gateway(SETUPS.shipped);
export const UNCACHED = gateway(SETUPS.uncached);

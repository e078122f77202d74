/** The way to a cloud: its upstream client, what a token opens there, and whether it can be reached. */
import type { CloudSource, Config } from './config.ts';
import { type Answers, createAnswers, type SharedAnswers } from './glance/answers.ts';
import { versions } from './glance/versions.ts';
import { catalogAccess, type FindAccess, fixedAccess } from './keystone/access.ts';
import { createHostRule } from './keystone/endpoint-hosts.ts';
import { identityVersion } from './keystone/identity-version.ts';
import { startSandbox } from './sandbox/sandbox.ts';
import type { Sandbox } from './sandbox/server.ts';
import type { Call } from './upstream/call.ts';
import { createUpstream, type Upstream, type UpstreamOptions } from './upstream/client.ts';
import { type Endpoint, parseEndpoint } from './upstream/endpoint.ts';
import type { Service } from './upstream/failures.ts';
import type { Asker } from './upstream/question.ts';

/** Calls that an origin has at a time, and at the most when it is slow and the gateway is not: so many sockets. */
const UPSTREAM_CONNECTIONS = 50;
const MAX_UPSTREAM_CONNECTIONS = 256;
/** Calls that wait for an origin; a deadline away from being useless, more need not begin to. */
const MAX_WAITING_CALLS = 2000;
/** The largest answer that is read. Real ones have some kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface OpenCloud {
  readonly upstream: Upstream;
  readonly answers: Answers;
  readonly findAccess: FindAccess;
  readonly isSandbox: boolean;
  /** Asks without a token: Keystone, or else whether any region answers. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * @param warn told once of each thing that the operator should know
 * @param observer told of each upstream call, and of upstreams that fail
 */
export async function openCloud(
  config: Config,
  warn: (message: string) => void,
  observer: Pick<UpstreamOptions, 'onAnswer' | 'onBreaker'> = {},
  shared: SharedAnswers | null = null,
): Promise<OpenCloud> {
  for (const warning of config.warnings) warn(warning);
  const { source, sandbox } = await resolveSource(config.cloud);
  const upstream = createUpstream({
    ca: config.certificates,
    verify: config.verify,
    connectTimeoutMs: config.connectTimeoutMs,
    connections: UPSTREAM_CONNECTIONS,
    maxConnections: MAX_UPSTREAM_CONNECTIONS,
    maxWaiting: MAX_WAITING_CALLS,
    maxBodyBytes: MAX_ANSWER_BYTES,
    ...observer,
  });
  return {
    upstream,
    answers: createAnswers({ upstream, keptMs: config.keptMs, staleMs: config.staleMs, shared }),
    findAccess: accessTo(source, config, upstream, warn),
    isSandbox: sandbox !== null,
    isReachable: () => isReachable(source, upstream, config.callTimeoutMs),
    async close() {
      await upstream.close();
      await sandbox?.close();
    },
  };
}

type RealSource = Exclude<CloudSource, { kind: 'sandbox' }>;

async function resolveSource(source: CloudSource): Promise<{ source: RealSource; sandbox: Sandbox | null }> {
  if (source.kind !== 'sandbox') return { source, sandbox: null };
  const sandbox = await startSandbox();
  const authEndpoint = parseEndpoint(sandbox.url);
  if (authEndpoint === null) throw new Error(`The sandbox is at ${sandbox.url}`);
  return {
    sandbox,
    source: { kind: 'catalog', authEndpoint, interface: 'public', regions: null, allowHttp: true, endpointHosts: null },
  };
}

function accessTo(source: RealSource, config: Config, upstream: Upstream, warn: (message: string) => void): FindAccess {
  if (source.kind === 'endpoints') return fixedAccess(source.endpoints, config.defaultRegion);
  return catalogAccess({
    ...source,
    isAllowed: createHostRule(source.authEndpoint.origin, source.endpointHosts),
    upstream,
    defaultRegion: config.defaultRegion,
    deadlineMs: config.callTimeoutMs,
    keptMs: config.catalogKeptMs,
    staleMs: config.staleMs,
    onProblem: (problem) => warn(`Service catalog: ${problem}`),
  });
}

const PROBE: Asker = { requestId: 'req-readiness', tracer: null };

async function isReachable(source: RealSource, upstream: Upstream, deadlineMs: number): Promise<boolean> {
  const answers = <T>(call: Call<T>, service: Service, region: string | null, endpoint: Endpoint) =>
    upstream.answerTo({
      call,
      service,
      region,
      endpoint,
      token: null,
      askedAt: performance.now(),
      deadlineMs,
      ...PROBE,
    });
  const asked: Promise<unknown>[] =
    source.kind === 'catalog'
      ? [answers(identityVersion, 'identity', null, source.authEndpoint)]
      : [...source.endpoints].map(([region, endpoint]) => answers(versions, 'image', region, endpoint));
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

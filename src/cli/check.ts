/** `glance-graphql check`: makes the calls of the gateway, and gives operators advice on failures. */
import type { TokenContext } from '../cache/token-context.ts';
import { type Cloud, createCloud } from '../cloud.ts';
import type { Config } from '../config/config.ts';
import { publicRequest } from '../openstack/call.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { withoutFinalDot } from '../openstack/keystone/endpoint-allowlist.ts';
import { identityVersion } from '../openstack/keystone/identity-version.ts';
import { createToken, type Token } from '../openstack/keystone/token.ts';
import {
  attempt,
  attemptUncached,
  type Diagnosis,
  expected,
  failed,
  OK,
  orFile,
  REQUEST_ID,
  rowOf,
} from './check-call.ts';
import { diagnose } from './check-diagnosis.ts';
import { checkRegion } from './check-region.ts';
import type { CheckRow } from './check-row.ts';

export async function checkCloud(config: Config): Promise<readonly CheckRow[]> {
  const catalogProblems: string[] = [];
  const cloud = await createCloud(config, (problem) => void catalogProblems.push(problem));
  try {
    return await checkCalls(cloud, config, catalogProblems);
  } finally {
    await cloud.close();
  }
}

/** @param catalogProblems filled while the catalog is read */
async function checkCalls(
  cloud: Cloud,
  config: Config,
  catalogProblems: readonly string[],
): Promise<readonly CheckRow[]> {
  const token = config.token === null ? null : createToken(config.token);
  const { contexts } = cloud;
  const { rows, context } =
    contexts.kind === 'static'
      ? { rows: [], context: contexts.context }
      : await checkIdentity(cloud, config, contexts, token, catalogProblems);
  if (context === null) return rows;
  const regions = [...context.endpoints].map(([region, endpoint]) =>
    checkRegion(cloud, config, { region, endpoint, token, context }),
  );
  return [
    ...rows,
    ...catalogProblems.map((problem) => problemRow(problem, context, neededHosts(context, config, catalogProblems))),
    ...missingRegionRows(context, config),
    ...(await Promise.all(regions)).flat(),
  ];
}

type CatalogSource = Extract<Cloud['contexts'], { kind: 'catalog' }>;

/** Keystone's calls. The context is null when there is none, or no region to check. */
async function checkIdentity(
  cloud: Cloud,
  config: Config,
  { call, authEndpoint: endpoint }: CatalogSource,
  token: Token | null,
  catalogProblems: readonly string[],
): Promise<{ rows: readonly CheckRow[]; context: TokenContext | null }> {
  const version = await attempt({ region: '-', call: identityVersion.name, endpoint }, () =>
    cloud.client.request(
      publicRequest(identityVersion, {
        service: 'identity',
        endpoint,
        region: null,
        requestId: REQUEST_ID,
        timeoutMs: config.callTimeoutMs,
      }),
    ),
  );
  const versionRow = rowOf(version, await diagnose(version, config));
  if (version.error !== null) return { rows: [versionRow], context: null };
  const access = { endpoint, region: null, expiresAt: Number.POSITIVE_INFINITY, accessRules: null };
  const lookup = await attemptUncached(call, token, access);
  const diagnosis =
    lookup.value === null ? await diagnose(lookup, config) : diagnoseContext(lookup.value, config, catalogProblems);
  return { rows: [versionRow, rowOf(lookup, diagnosis)], context: lookup.value };
}

function diagnoseContext(
  { scope, endpoints }: TokenContext,
  config: Config,
  catalogProblems: readonly string[],
): Diagnosis {
  if (scope === 'UNSCOPED') return failed(`The token has no scope, so its catalog is empty: ${PROJECT_SCOPE}`);
  if (endpoints.size === 0) return failed(emptyCatalogAdvice(config, catalogProblems));
  if (scope === 'PROJECT') return OK;
  if (scope === 'UNKNOWN')
    return expected("Keystone's policy does not let the token ask about itself: its scope is unknown");
  return failed(`The token's scope is ${scope}, so its usage is meaningless: ${PROJECT_SCOPE}`);
}

function emptyCatalogAdvice(config: Config, catalogProblems: readonly string[]): string {
  const { cloud } = config;
  const { interfaces = [], regions = null } = cloud.kind === 'catalog' ? cloud : {};
  const kind = `${interfaces.join(' or ')} endpoint of type image`;
  if (catalogProblems.some(isUnused)) return `The catalog has a ${kind}, but it can't be used: see below`;
  const below = catalogProblems.length === 0 ? '' : ' See also what is skipped below';
  return regions === null
    ? `The catalog has no usable ${kind}: is ${orFile('OS_INTERFACE', config)} right?${below}`
    : `The catalog has no usable ${kind} in ${regions.join(' or ')}: are interface and regions in clouds.yaml right?${below}`;
}

const isUnused = (problem: string) => problem.includes('not used');

const PROJECT_SCOPE = 'request one that is scoped to a project';

/** An endpoint that is not used matters unless its region has another. */
function problemRow(problem: string, { endpoints }: TokenContext, hosts: readonly string[]): CheckRow {
  const isServedOtherwise = [...endpoints.keys()].some((region) => problem.startsWith(`${region}: `));
  const isOk = isServedOtherwise || !isUnused(problem);
  const all = HOST_TO_ALLOW.test(problem) && hosts.length > 1 ? `. With the others: ENDPOINT_HOSTS=${hosts}` : '';
  return { region: '-', call: 'catalog', status: 'skipped', ms: null, advice: problem + all, isOk };
}

const HOST_TO_ALLOW = /ENDPOINT_HOSTS has (\S+)/;

/** What ENDPOINT_HOSTS would have to list. Once it is set, Keystone's registered domain is not allowed as such any more. */
function neededHosts(
  { endpoints }: TokenContext,
  { cloud }: Config,
  catalogProblems: readonly string[],
): readonly string[] {
  if (cloud.kind !== 'catalog') return [];
  const hostOf = ({ origin }: Endpoint) => withoutFinalDot(new URL(origin).hostname);
  const used = [...endpoints].flatMap(([region, endpoint]) => (cloud.overrides.has(region) ? [] : [hostOf(endpoint)]));
  const refused = catalogProblems.flatMap((problem) => HOST_TO_ALLOW.exec(problem)?.[1] ?? []);
  const hosts = new Set([...(cloud.endpointHosts ?? used), ...refused]);
  hosts.delete(hostOf(cloud.authEndpoint));
  return [...hosts];
}

/** The configured regions that have no endpoint, if any other has one. */
function missingRegionRows({ defaultRegion, endpoints }: TokenContext, config: Config): CheckRow[] {
  if (endpoints.size === 0) return [];
  const listed = config.cloud.kind === 'catalog' ? (config.cloud.regions ?? []) : [];
  const missing = new Set([defaultRegion ?? [], listed].flat().filter((region) => !endpoints.has(region)));
  return [...missing].map((region) => {
    const setting = listed.includes(region) ? 'clouds.yaml' : orFile('OS_REGION_NAME', config);
    const advice = `The region "${region}" of ${setting} has no endpoint; the regions are ${[...endpoints.keys()].join(', ')}`;
    return { region, call: '-', status: 'missing', ms: null, advice, isOk: false };
  });
}

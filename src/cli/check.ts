/** `glance-graphql check`: makes each call in each region as a caller would, and gives operators advice on failures. */

import type { TokenContext } from '../cache/token-context.ts';
import type { Cloud } from '../cloud.ts';
import type { Config } from '../config/config.ts';
import type { Call } from '../openstack/call.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { type ErrorReason, UpstreamError } from '../openstack/errors.ts';
import { importMethods } from '../openstack/glance/import-methods.ts';
import { stores } from '../openstack/glance/stores.ts';
import { storesDetail } from '../openstack/glance/stores-detail.ts';
import { type Usage, usage } from '../openstack/glance/usage.ts';
import { versions } from '../openstack/glance/versions.ts';
import { parseJson } from '../openstack/json.ts';
import { createToken } from '../openstack/keystone/token.ts';
import { authTokens } from '../openstack/keystone/token-info.ts';

export interface CheckRow {
  /** `-` for Keystone's calls. */
  readonly region: string;
  readonly call: string;
  /** The HTTP status or the reason of the error. */
  readonly status: string;
  readonly ms: number;
  /** Empty when nothing needs attention. */
  readonly advice: string;
  /** False for failures that an operator should fix. Some errors are expected, such as 403 without the admin role. */
  readonly isOk: boolean;
}

const REQUEST_ID = 'req-glance-graphql-check';
/** A 401 that takes longer is seldom caused by the token. */
const SLOW_401_MS = 2000;

export async function checkCloud(cloud: Cloud, config: Config): Promise<readonly CheckRow[]> {
  const { row, value: context } = await attempt('-', authTokens.name, config, async () =>
    cloud.resolveTokenContext(config.token === null ? null : createToken(config.token), REQUEST_ID),
  );
  if (context === null) return [row];
  if (context.endpoints.size === 0) return [{ ...row, advice: noRegionAdvice(context, config), isOk: false }];
  const regions = [...context.endpoints].map(([region, endpoint]) => checkRegion(cloud, config, region, endpoint));
  const rows = (await Promise.all(regions)).flat();
  return config.cloud.kind === 'endpoints' ? rows : [{ ...row, advice: scopeAdvice(context) }, ...rows];
}

async function checkRegion(cloud: Cloud, config: Config, region: string, endpoint: Endpoint): Promise<CheckRow[]> {
  const check = <T>(call: Call<T>, advise?: (value: T) => string) =>
    attempt(
      region,
      call.name,
      config,
      () =>
        cloud.client.request({
          service: 'image',
          call: call.name,
          path: call.path,
          decode: (body) => call.decode(parseJson(body)),
          endpoint,
          region,
          token: config.token,
          sendSubjectToken: false,
          callerKey: '',
          requestId: REQUEST_ID,
          tracer: null,
          startedAt: performance.now(),
          timeoutMs: config.callTimeoutMs,
        }),
      advise,
    );
  // In sequence, so that no call slows down another.
  return [
    (await check(versions)).row,
    (await check(importMethods)).row,
    (await check(stores)).row,
    (await check(storesDetail)).row,
    (await check(usage, usageAdvice)).row,
  ];
}

async function attempt<T>(
  region: string,
  call: string,
  config: Config,
  send: () => Promise<T>,
  advise: (value: T) => string = () => '',
): Promise<{ row: CheckRow; value: T | null }> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const value = await send();
    return { row: { region, call, status: '200', ms: elapsed(), advice: advise(value), isOk: true }, value };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const ms = elapsed();
    const diagnosis = diagnose(error.reason, call, ms, config);
    return { row: { region, call, status: statusOf(error.reason), ms, ...diagnosis }, value: null };
  }
}

function statusOf(reason: ErrorReason): string {
  return 'status' in reason && reason.status !== null ? String(reason.status) : reason.kind;
}

type Diagnosis = Pick<CheckRow, 'advice' | 'isOk'>;

const failed = (advice: string): Diagnosis => ({ advice, isOk: false });
const expected = (advice: string): Diagnosis => ({ advice, isOk: true });

function diagnose(reason: ErrorReason, call: string, ms: number, config: Config): Diagnosis {
  switch (reason.kind) {
    case 'http_error':
      return diagnoseHttpError(reason.status, reason.message ?? '', call, ms);
    case 'invalid_response':
      return failed(
        reason.status === 300
          ? 'The path of the endpoint is wrong: it must end where /v2 begins'
          : `The response ${reason.problem}. Is this a Glance, without another server in between?`,
      );
    case 'access_denied':
      return expected(`No access rule of the token's application credential allows GET ${reason.rule.path}`);
    case 'timeout':
      return failed(`No response within ${reason.timeoutMs} ms (UPSTREAM_TIMEOUT_MS)`);
    case 'connection_error':
    case 'queue_full':
    case 'circuit_open':
    case 'aborted':
      return failed(connectionAdvice(call, config));
  }
}

function connectionAdvice(call: string, { cloud }: Config): string {
  if (cloud.kind !== 'catalog' || call === authTokens.name)
    return "It can't be reached: is the URL right, and is it up?";
  return `It can't be reached from here: is OS_INTERFACE (${cloud.interfaces.join(', ')}) the right one for this network?`;
}

function diagnoseHttpError(status: number, message: string, call: string, ms: number): Diagnosis {
  switch (status) {
    case 401:
      return failed(
        ms > SLOW_401_MS
          ? `A 401 that took ${ms} ms is often caused by a Keystone that is down, which Glance waits for`
          : 'The token is missing, wrong, expired or revoked: `openstack token issue -f value -c id` issues one',
      );
    case 403:
      return call === storesDetail.name
        ? expected('Only admins with a project-scoped token may see it: the token has another role or scope')
        : failed(`The policy does not allow it: ${message}`);
    case 404:
      if (/multi backend/i.test(message)) return expected('A cloud with a single store');
      return expected(`This Glance is older than the call, which came with ${SINCE[call] ?? 'a later release'}`);
    case 500:
      if (call === storesDetail.name) return failed(STORES_DETAIL_500);
      if (call === usage.name) return failed("Glance can't get the limits from Keystone: see [oslo_limit] and its log");
      return failed('See the log of the service');
    default:
      return failed(message === '' ? `The status is ${status}` : message);
  }
}

const STORES_DETAIL_500 =
  "Glance can't read the settings of a store: its driver does not load, it has filesystem_store_datadirs, or it is a multi-tenant swift store. The log of glance-api names it";

/** The release of OpenStack in which a call was added. */
const SINCE: Readonly<Record<string, string>> = {
  [importMethods.name]: 'Queens',
  [stores.name]: 'Rocky',
  [storesDetail.name]: 'Yoga',
  [usage.name]: 'Yoga',
};

function usageAdvice({ enabled, quotas }: Usage): string {
  const namesWhere = (matches: (limit: number | null) => boolean) =>
    quotas.filter(({ limit }) => matches(limit)).map(({ name }) => name);
  const [zero, unlimited] = [namesWhere((limit) => limit === 0), namesWhere((limit) => limit === null)];
  return [
    ...(enabled ? [] : ['The cloud enforces no quotas (use_keystone_limits)']),
    ...(zero.length > 0 ? [`Limits of 0, set so or not registered in Keystone: ${zero.join(', ')}`] : []),
    ...(unlimited.length > 0
      ? [`Limits of -1, with which oslo.limit before 2.12 (2026.2) rejects every upload: ${unlimited.join(', ')}`]
      : []),
  ].join('. ');
}

function scopeAdvice({ scope }: TokenContext): string {
  return scope === 'PROJECT' || scope === 'UNKNOWN' ? '' : `The token's scope is ${scope}: its usage is meaningless`;
}

function noRegionAdvice({ scope }: TokenContext, { cloud }: Config): string {
  if (scope === 'UNSCOPED')
    return 'The token has no scope, so its catalog is empty: request one that is scoped to a project';
  const endpointInterface = cloud.kind === 'catalog' ? cloud.interfaces.join(' or ') : '';
  return `The catalog has no usable ${endpointInterface} endpoint of type image: is OS_INTERFACE right?`;
}

/** Formats the rows as aligned text. */
export function formatRows(rows: readonly CheckRow[]): string {
  const cells = [
    ['REGION', 'CALL', 'STATUS', 'TIME', 'WHAT TO DO'],
    ...rows.map(({ region, call, status, ms, advice }) => [region, call, status, `${ms} ms`, advice]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

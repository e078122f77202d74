/** `glance-graphql check`: asks each region each call as a caller would, and says what an operator can do about what fails. */
import type { Config } from './config.ts';
import { importMethods } from './glance/import-methods.ts';
import { stores } from './glance/stores.ts';
import { storesDetail } from './glance/stores-detail.ts';
import { type Usage, usage } from './glance/usage.ts';
import { versions } from './glance/versions.ts';
import type { Access } from './keystone/access.ts';
import { tokenFrom } from './keystone/token.ts';
import type { OpenCloud } from './open-cloud.ts';
import type { Call } from './upstream/call.ts';
import type { Endpoint } from './upstream/endpoint.ts';
import { type FailureReason, UpstreamFailure } from './upstream/failures.ts';

export interface CheckRow {
  /** `-` for Keystone's. */
  readonly region: string;
  readonly call: string;
  /** The HTTP status, or why there is none. */
  readonly status: string;
  readonly ms: number;
  /** Empty when there is nothing to do. */
  readonly advice: string;
  /** Whether the gateway can do without: a refusal that the cloud means so is fine. */
  readonly usable: boolean;
}

const REQUEST_ID = 'req-glance-graphql-check';
/** A 401 that took longer is seldom about the token. */
const SLOW_REFUSAL_MS = 2000;

export async function checkCloud(cloud: OpenCloud, config: Config): Promise<readonly CheckRow[]> {
  const { row, value: access } = await attempt('-', 'auth-tokens', config, async () =>
    cloud.findAccess(
      config.token === null ? null : tokenFrom(config.token),
      { requestId: REQUEST_ID, tracer: null },
      true,
    ),
  );
  if (access === null) return [row];
  if (access.endpoints.size === 0) return [{ ...row, advice: noRegion(access, config), usable: false }];
  const regions = [...access.endpoints].map(([region, endpoint]) => checkRegion(cloud, config, region, endpoint));
  const rows = (await Promise.all(regions)).flat();
  return config.cloud.kind === 'endpoints' ? rows : [{ ...row, advice: scopeAdvice(access) }, ...rows];
}

async function checkRegion(cloud: OpenCloud, config: Config, region: string, endpoint: Endpoint): Promise<CheckRow[]> {
  const ask = <T>(call: Call<T>, advise?: (value: T) => string) =>
    attempt(
      region,
      call.name,
      config,
      async () => {
        const { value } = await cloud.upstream.answerTo({
          call,
          service: 'image',
          region,
          endpoint,
          token: config.token,
          requestId: REQUEST_ID,
          tracer: null,
          askedAt: performance.now(),
          deadlineMs: config.callTimeoutMs,
        });
        return value;
      },
      advise,
    );
  // One after the other, so that the times are each call's own.
  return [
    (await ask(versions)).row,
    (await ask(importMethods)).row,
    (await ask(stores)).row,
    (await ask(storesDetail)).row,
    (await ask(usage, usageAdvice)).row,
  ];
}

async function attempt<T>(
  region: string,
  call: string,
  config: Config,
  ask: () => Promise<T>,
  advise: (value: T) => string = () => '',
): Promise<{ row: CheckRow; value: T | null }> {
  const begin = performance.now();
  const elapsed = () => Math.round(performance.now() - begin);
  try {
    const value = await ask();
    return { row: { region, call, status: '200', ms: elapsed(), advice: advise(value), usable: true }, value };
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    const ms = elapsed();
    const verdict = judge(error.reason, call, ms, config);
    return { row: { region, call, status: statusOf(error.reason), ms, ...verdict }, value: null };
  }
}

function statusOf(reason: FailureReason): string {
  return 'status' in reason && reason.status !== null ? String(reason.status) : reason.kind;
}

interface Verdict {
  readonly advice: string;
  readonly usable: boolean;
}

const broken = (advice: string): Verdict => ({ advice, usable: false });
const meant = (advice: string): Verdict => ({ advice, usable: true });

function judge(reason: FailureReason, call: string, ms: number, config: Config): Verdict {
  switch (reason.kind) {
    case 'refused':
      return judgeRefusal(reason.status, reason.explanation ?? '', call, ms);
    case 'unusable':
      return broken(
        reason.status === 300
          ? 'The path of the endpoint is wrong: it must end where /v2 begins'
          : `The answer ${reason.problem}. Is this a Glance, and nothing in between?`,
      );
    case 'late':
      return broken(`No answer within ${reason.deadlineMs} ms (UPSTREAM_TIMEOUT_MS)`);
    case 'unreachable':
    case 'crowded':
    case 'broken':
    case 'cancelled':
      return broken(unreachableAdvice(call, config));
  }
}

function unreachableAdvice(call: string, { cloud }: Config): string {
  if (cloud.kind !== 'catalog' || call === 'auth-tokens')
    return 'It can not be reached: is the URL right, and is it up?';
  return `It can not be reached from here: is OS_INTERFACE (${cloud.interface}) the right one for this network?`;
}

function judgeRefusal(status: number, explanation: string, call: string, ms: number): Verdict {
  switch (status) {
    case 401:
      return broken(
        ms > SLOW_REFUSAL_MS
          ? `A 401 that took ${ms} ms is often Glance waiting for a Keystone that is down`
          : 'The token is missing, wrong, expired or revoked: `openstack token issue -f value -c id` makes one',
      );
    case 403:
      return call === storesDetail.name
        ? meant('Only operators may see it: the token lacks the admin role')
        : broken(`The policy does not allow it: ${explanation}`);
    case 404:
      if (/multi backend/i.test(explanation)) return meant('A cloud with a single store');
      return meant(`This Glance is older than the call, which came with ${SINCE[call] ?? 'a later release'}`);
    case 500:
      if (call === storesDetail.name) return broken("A store's driver does not load: the log of glance-api names it");
      if (call === usage.name)
        return broken('Glance can not ask Keystone for the limits: see [oslo_limit] and its log');
      return broken('The log of the service says more');
    default:
      return broken(explanation === '' ? `It answers ${status}` : explanation);
  }
}

const SINCE: Readonly<Record<string, string>> = {
  [importMethods.name]: 'Queens',
  [stores.name]: 'Rocky',
  [storesDetail.name]: 'Yoga',
  [usage.name]: 'Yoga',
};

function usageAdvice({ enabled, quotas }: Usage): string {
  const named = (wanted: (limit: number | null) => boolean) =>
    quotas.filter(({ limit }) => wanted(limit)).map(({ name }) => name);
  const [zero, unlimited] = [named((limit) => limit === 0), named((limit) => limit === null)];
  return [
    ...(enabled ? [] : ['The cloud enforces no quotas (use_keystone_limits)']),
    ...(zero.length > 0 ? [`Limits of 0, as nobody registered them in Keystone, or meant so: ${zero.join(', ')}`] : []),
    ...(unlimited.length > 0
      ? [`Limits of -1, under which an oslo.limit from before mid-2026 refuses every upload: ${unlimited.join(', ')}`]
      : []),
  ].join('. ');
}

function scopeAdvice({ scope }: Access): string {
  return scope === 'PROJECT' || scope === 'UNKNOWN'
    ? ''
    : `The token's scope is ${scope}: figures of usage mean nothing`;
}

function noRegion({ scope }: Access, { cloud }: Config): string {
  if (scope === 'UNSCOPED') return 'The token is not scoped, so its catalog is empty: ask for one scoped to a project';
  const kind = cloud.kind === 'catalog' ? cloud.interface : '';
  return `The catalog has no usable ${kind} endpoint of type image: is OS_INTERFACE right?`;
}

/** The rows as aligned text. */
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

/** Makes a call for `check`, and reports what happened. */
import type { CachedCall, EndpointAccess } from '../cache/cached-call.ts';
import type { Config } from '../config/config.ts';
import { toPromise } from '../openstack/callbacks.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { resultOf, UpstreamError } from '../openstack/errors.ts';
import type { Token } from '../openstack/keystone/token.ts';
import type { CheckRow } from './check-row.ts';

export const REQUEST_ID = 'req-glance-graphql-check';

/** What happened to a call. Either `value` or `error` is null. */
export interface Outcome<T = unknown> {
  readonly region: string;
  readonly call: string;
  readonly endpoint: Endpoint;
  readonly ms: number;
  readonly value: T | null;
  readonly error: UpstreamError | null;
}

export async function attempt<T>(
  { region, call, endpoint }: Pick<Outcome, 'region' | 'call' | 'endpoint'>,
  send: () => Promise<T>,
): Promise<Outcome<T>> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const value = await send();
    return { region, call, endpoint, ms: elapsed(), value, error: null };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { region, call, endpoint, ms: elapsed(), value: null, error };
  }
}

/** Makes a call as the gateway does, with its timeout and the token's access rules, but without the cache. */
export function attemptUncached<T>(
  call: CachedCall<T>,
  token: Token | null,
  access: EndpointAccess,
): Promise<Outcome<T>> {
  const context = { token, requestId: REQUEST_ID, tracer: null, bypassCache: true };
  const target = { ...access, context, startedAt: performance.now(), recordCall() {} };
  return attempt({ region: access.region ?? '-', call: call.name, endpoint: access.endpoint }, () =>
    toPromise((callbacks) => call.start(target, callbacks)),
  );
}

export type Diagnosis = Pick<CheckRow, 'advice' | 'isOk'>;

export const failed = (advice: string): Diagnosis => ({ advice, isOk: false });
export const expected = (advice: string): Diagnosis => ({ advice, isOk: true });
export const OK = expected('');

export function rowOf({ region, call, ms, error }: Outcome, diagnosis: Diagnosis): CheckRow {
  const isNotSent = error?.reason.kind === 'access_denied';
  const status = error === null ? '200' : statusOf(error);
  return { region, call, status, ms: isNotSent ? null : ms, ...diagnosis };
}

function statusOf(error: UpstreamError): string {
  const { reason } = error;
  return 'status' in reason && reason.status !== null ? String(reason.status) : String(resultOf(error));
}

/** What undici or Node say of a failed connection. */
export function causeOf({ error }: Outcome): { readonly code: string; readonly message: string } {
  const cause = error?.cause;
  if (!(cause instanceof Error)) return { code: '', message: '' };
  return { code: 'code' in cause && typeof cause.code === 'string' ? cause.code : '', message: cause.message };
}

/** Whether it is OpenSSL's error about a server that does not speak TLS. */
export const isNoTls = (message: string) => /wrong version number|packet length too long/i.test(message);

/** Where the address of an endpoint is set, for advice. */
export function settingOf({ region }: Pick<Outcome, 'region'>, config: Config): string {
  const { cloud, cloudName } = config;
  if (cloud.kind === 'endpoints') return cloudName === null ? 'GLANCE_URL or GLANCE_ENDPOINTS' : 'clouds.yaml';
  if (region === '-') return orFile('OS_AUTH_URL', config);
  return isOverridden(region, config) ? orFile('OS_IMAGE_ENDPOINT_OVERRIDE', config) : "Keystone's catalog";
}

/** Whether the endpoint of a region is configured, and not that of the catalog. */
export function isOverridden(region: string, { cloud }: Config): boolean {
  return cloud.kind === 'catalog' && cloud.overrides.has(region);
}

/** A setting that may be in `clouds.yaml`, where that is used. */
export function orFile(variable: string, { cloudName }: Pick<Config, 'cloudName'>): string {
  return cloudName === null ? variable : `${variable} or clouds.yaml`;
}

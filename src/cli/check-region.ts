/** Makes the calls of a region, and diagnoses them together. */
import type { CachedCall } from '../cache/cached-call.ts';
import type { TokenContext } from '../cache/token-context.ts';
import type { Cloud } from '../cloud.ts';
import type { Config } from '../config/config.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { hasStatus } from '../openstack/errors.ts';
import type { Usage } from '../openstack/glance/usage.ts';
import type { Token } from '../openstack/keystone/token.ts';
import { attemptUncached, type Diagnosis, expected, failed, type Outcome, rowOf, settingOf } from './check-call.ts';
import { diagnose, isDeniedInFront, withProxy } from './check-diagnosis.ts';
import type { CheckRow } from './check-row.ts';

export interface CheckedRegion {
  readonly region: string;
  readonly endpoint: Endpoint;
  readonly token: Token | null;
  readonly context: TokenContext;
}

export async function checkRegion(cloud: Cloud, config: Config, checked: CheckedRegion): Promise<CheckRow[]> {
  const { calls } = cloud;
  const { region, endpoint, token, context } = checked;
  const { expiresAt, accessRules } = context;
  const fetch = <T>(call: CachedCall<T>) => attemptUncached(call, token, { endpoint, region, expiresAt, accessRules });
  // In sequence, so that no call slows down another.
  const versions = await fetch(calls.versions);
  const importMethods = await fetch(calls.importMethods);
  const stores = await fetch(calls.stores);
  const storesDetail = await fetch(calls.storesDetail);
  const usage = await fetch(calls.usage);
  const others = [importMethods, stores, storesDetail, usage];
  const together = diagnoseTogether(versions, others, config);
  const inFront = isDeniedInFront(versions) ? await diagnose(versions, config) : null;
  return Promise.all(
    [versions, ...others].map(async (outcome) => {
      if (together !== null && isAbsent(outcome)) return rowOf(outcome, withProxy(together, outcome, config));
      if (inFront !== null && haveSameStatus(outcome, versions)) return rowOf(outcome, inFront);
      if (outcome === usage && usage.value !== null) return rowOf(outcome, expected(usageAdvice(usage.value.value)));
      return rowOf(outcome, await diagnose(outcome, config));
    }),
  );
}

/** Whether it is a 404 that does not come from a Glance with a single store. */
function isAbsent({ error }: Outcome): boolean {
  if (!hasStatus(error, 404) || error.reason.kind !== 'http_error') return false;
  return !/multi backend/i.test(error.reason.message ?? '');
}

function haveSameStatus(one: Outcome, other: Outcome): boolean {
  const { error } = other;
  return error?.reason.kind === 'http_error' && hasStatus(one.error, error.reason.status);
}

/** The meaning of the 404s, when it is not that each call is younger than the Glance. */
function diagnoseTogether(versions: Outcome, others: readonly Outcome[], config: Config): Diagnosis | null {
  const { url } = versions.endpoint;
  const setting = settingOf(versions, config);
  if (others.every(isAbsent)) return failed(`${url} is not a Glance, since no call exists there: correct ${setting}`);
  if (!isAbsent(versions)) return null;
  return failed(
    `${url}/versions does not exist: if a proxy passes only /v2 to Glance, let it pass /versions too; else correct ${setting}`,
  );
}

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

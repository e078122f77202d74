/** What a failed call means for a gateway, without regard to the others. */
import type { Config } from '../config/config.ts';
import { type ErrorReason, hasStatus, RedirectError } from '../openstack/errors.ts';
import { authTokens } from '../openstack/keystone/token-info.ts';
import { type Diagnosis, expected, failed, OK, type Outcome, settingOf } from './check-call.ts';
import { connectionAdvice, tlsAdvice } from './check-connection.ts';
import { proxyOf } from './check-proxy.ts';

/** A 401 that takes longer is seldom caused by the token. */
const SLOW_401_MS = 2000;

export async function diagnose(outcome: Outcome, config: Config): Promise<Diagnosis> {
  return withProxy(await diagnoseError(outcome, config), outcome, config);
}

/** Names the proxy of a call that failed, since the response may be the proxy's. */
export function withProxy(diagnosis: Diagnosis, { endpoint, error }: Outcome, config: Config): Diagnosis {
  const proxy = proxyOf(endpoint, config);
  const isNotSent = error?.reason.kind === 'access_denied';
  if (diagnosis.isOk || proxy === null || isNotSent || diagnosis.advice.includes(proxy.origin)) return diagnosis;
  const { advice } = diagnosis;
  return failed(
    `${advice}${advice.endsWith('?') ? '' : '.'} The call went through the proxy ${proxy.origin} (${proxy.variable})`,
  );
}

async function diagnoseError(outcome: Outcome, config: Config): Promise<Diagnosis> {
  if (outcome.error === null) return OK;
  const { reason } = outcome.error;
  switch (reason.kind) {
    case 'http_error':
      return diagnoseHttpError(reason, outcome, config);
    case 'invalid_response':
      return failed(await invalidResponseAdvice(reason, outcome, config));
    case 'timeout': {
      const isOwn = outcome.call === 'usage' && config.usageTimeoutMs !== null;
      const variable = isOwn ? 'UPSTREAM_TIMEOUT_USAGE_MS' : 'UPSTREAM_TIMEOUT_MS';
      return failed(`No response within ${reason.timeoutMs} ms (${variable})`);
    }
    case 'access_denied':
      return diagnoseAccessRule(reason.rule, outcome);
    case 'connection_error':
    case 'queue_full':
    case 'circuit_open':
    case 'aborted':
      return failed(await connectionAdvice(outcome, config));
  }
}

async function invalidResponseAdvice(
  { status, problem }: Extract<ErrorReason, { kind: 'invalid_response' }>,
  outcome: Outcome,
  config: Config,
): Promise<string> {
  const { region, endpoint } = outcome;
  const { origin, url } = endpoint;
  const setting = settingOf(outcome, config);
  if (status === 300) {
    return region === '-'
      ? `${url} is not a Keystone, but another service: correct ${setting}`
      : `The path of ${url} is wrong in ${setting}: it must end where /v2 begins`;
  }
  const target = outcome.error?.cause instanceof RedirectError ? outcome.error.cause.target : null;
  if (target !== null && target.origin !== origin) {
    return `${origin} redirects to ${target.origin}, and redirects are not followed: correct ${setting}`;
  }
  const tls = status === 200 ? null : await tlsAdvice(outcome, config);
  const where = target === null ? '' : ` and redirects to ${target.pathname}`;
  return (
    tls ?? `The response ${problem}${where}. Is ${url} a ${serviceOf(outcome)}, without another server in between?`
  );
}

const serviceOf = ({ region }: Outcome) => (region === '-' ? 'Keystone' : 'Glance');

function diagnoseAccessRule(
  { service, method, path }: Extract<ErrorReason, { kind: 'access_denied' }>['rule'],
  { call }: Outcome,
): Diagnosis {
  const advice = `The access rules of the application credential do not have ${method} ${path} of the service ${service}: create one that does`;
  return call === 'storesDetail' ? expected(advice) : failed(advice);
}

type HttpError = Extract<ErrorReason, { kind: 'http_error' }>;

async function diagnoseHttpError(reason: HttpError, outcome: Outcome, config: Config): Promise<Diagnosis> {
  const { call, endpoint } = outcome;
  const { status } = reason;
  const message = reason.message ?? `The status is ${status}`;
  if (isDeniedInFront(outcome)) {
    return failed(
      `${endpoint.url} denies a call that needs no token (${status}), which a ${serviceOf(outcome)} never does: let the gateway pass the server in front of it, or correct ${settingOf(outcome, config)}`,
    );
  }
  switch (status) {
    case 400:
      return failed((await tlsAdvice(outcome, config)) ?? message);
    case 401:
      return failed(unauthorizedAdvice(reason, outcome, config));
    case 403:
      return call === 'storesDetail'
        ? expected('Only admins with a project-scoped token may see it: the token has another role or scope')
        : failed(`The policy does not allow it: ${message}`);
    case 404:
      if (call === 'authTokens' && reason.isForeign) {
        return failed(
          `The 404 is not Keystone's: let the server in front of ${endpoint.url} pass on ${authTokens.path}, or correct ${settingOf(outcome, config)}`,
        );
      }
      // Keystone's response for a token that is not valid any more. That it is a Keystone is known by now.
      if (call === 'authTokens') return failed(unauthorizedAdvice(reason, outcome, config));
      if (/multi backend/i.test(message)) return expected('A cloud with a single store');
      if (SINCE[call] === undefined)
        return failed(`${endpoint.url} is not a ${serviceOf(outcome)}: correct ${settingOf(outcome, config)}`);
      return expected(`This Glance is older than the call, which came with ${SINCE[call]}`);
    case 500:
      if (call === 'storesDetail') return failed(STORES_DETAIL_500);
      if (call === 'usage') return failed("Glance can't get the limits from Keystone: see [oslo_limit] and its log");
      return failed('See the log of the service');
    case 502:
    case 503:
    case 504:
      return failed(`${message.replace(/\.$/, '')}: is the ${serviceOf(outcome)} behind ${endpoint.url} up?`);
    default:
      return failed(message);
  }
}

/** Whether a server in front of the service denies a call that the service itself never denies. */
export function isDeniedInFront({ call, error }: Outcome): boolean {
  const isPublic = call === 'versions' || call === 'identityVersion';
  return isPublic && (hasStatus(error, 401) || hasStatus(error, 403));
}

const STORES_DETAIL_500 =
  "Glance can't read the settings of a store: its driver does not load, it has filesystem_store_datadirs, or it is a multi-tenant swift store. The log of glance-api names it";

/** The release of OpenStack in which a call was added. `versions` and Keystone's calls are in all of them. */
const SINCE: Readonly<Record<string, string>> = {
  importMethods: 'Queens',
  stores: 'Rocky',
  storesDetail: 'Yoga',
  usage: 'Yoga',
};

function unauthorizedAdvice({ isRestricted }: HttpError, { ms, region }: Outcome, { token, cloud }: Config): string {
  if (token === null) return `OS_TOKEN is missing: ${NEW_TOKEN}`;
  if (ms > SLOW_401_MS) {
    return `A 401 that took ${ms} ms is often caused by a Keystone that is down, which Glance waits for`;
  }
  if (isRestricted) {
    return 'The access rules of the token allow it, but this Glance does not read them: set service_type = image in [keystone_authtoken] of glance-api';
  }
  if (region !== '-' && cloud.kind !== 'endpoints') {
    return 'Keystone accepts the token, and this Glance does not: see [keystone_authtoken] of glance-api, which may name another Keystone';
  }
  return `The token is missing, wrong, expired or revoked: ${NEW_TOKEN}`;
}

const NEW_TOKEN = '`openstack token issue -f value -c id` issues one';

/**
 * Translates upstream errors into GraphQL errors: `extensions.code`, whether a retry can help, and the message. Messages contain no
 * addresses of upstreams.
 */
import { GraphQLError } from 'graphql';
import type { TokenContext } from '../cache/token-context.ts';
import { isTokenRejected, type Service, UpstreamError } from '../openstack/errors.ts';
import type { RuledRequest } from '../openstack/keystone/access-rules.ts';

/** The codes of failed fields. A test compares the documentation's table with this one. */
export const ERROR_CODES = {
  BAD_REQUEST: { retryable: false },
  UNAUTHENTICATED: { retryable: false },
  FORBIDDEN: { retryable: false },
  NOT_FOUND: { retryable: false },
  RATE_LIMITED: { retryable: true },
  UPSTREAM_ERROR: { retryable: true },
  UPSTREAM_UNAVAILABLE: { retryable: true },
  UPSTREAM_TIMEOUT: { retryable: true },
  UPSTREAM_INVALID_RESPONSE: { retryable: false },
  REGION_NOT_FOUND: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The `extensions` of a failed field. Keys without a value are left out. */
export interface ErrorExtensions {
  readonly code: ErrorCode;
  readonly service?: Service;
  readonly region?: string;
  /** The upstream's HTTP status. */
  readonly status?: number;
  /** The `X-Openstack-Request-Id` in the logs of the gateway and the upstream. */
  readonly requestId: string;
  readonly retryable: boolean;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** `retryable` is that of the code unless it is given. */
type Extensions = Omit<ErrorExtensions, 'retryable'> & { readonly retryable?: boolean };

function gatewayError(message: string, extensions: Extensions): GraphQLError {
  const retryable = extensions.retryable ?? ERROR_CODES[extensions.code].retryable;
  return new GraphQLError(message, { extensions: { ...extensions, retryable } });
}

/** @param problem completes "The token …" */
export function malformedTokenError(problem: string, requestId: string): GraphQLError {
  return gatewayError(`The token ${problem}.`, { code: 'UNAUTHENTICATED', requestId });
}

/** @param region null when there is no default region */
export function regionNotFoundError(
  region: string | null,
  { endpoints, scope }: TokenContext,
  requestId: string,
): GraphQLError {
  const known = [...endpoints.keys()];
  const missing =
    region === null
      ? 'The token has no region with an Image service.'
      : `There is no region "${region.slice(0, 100)}" with an Image service.`;
  const hint =
    scope === 'UNSCOPED'
      ? ' It has no scope, so its service catalog is empty: request a token that is scoped to a project.'
      : '';
  const message = known.length > 0 ? `${missing} Known: ${known.join(', ')}.` : missing + hint;
  return gatewayError(message, { code: 'REGION_NOT_FOUND', requestId });
}

/** Translates an `UpstreamError`. Any other error is an internal error and is returned unchanged, to be masked. */
export function toGraphQLError(error: Error): Error {
  if (!(error instanceof UpstreamError)) return error;
  const { callInfo, reason } = error;
  return gatewayError(messageFor(error), {
    code: codeFor(error),
    service: callInfo.service,
    ...(callInfo.region !== null && { region: callInfo.region }),
    ...('status' in reason && reason.status !== null && { status: reason.status }),
    requestId: callInfo.requestId,
    ...(isPermanent(error) && { retryable: false }),
    ...('retryAfter' in reason && reason.retryAfter !== null && { retryAfter: reason.retryAfter }),
  });
}

/** Glance reads the settings of stores from its configuration: the call fails until the operator changes that. */
function isPermanent({ callInfo, reason }: UpstreamError): boolean {
  return callInfo.call === 'storesDetail' && reason.kind === 'http_error' && reason.status === 500;
}

function codeFor(error: UpstreamError): ErrorCode {
  const { reason } = error;
  switch (reason.kind) {
    case 'http_error':
      if (reason.isRestricted) return 'FORBIDDEN';
      if (reason.isForeign) return 'UPSTREAM_INVALID_RESPONSE';
      return isTokenRejected(error) ? 'UNAUTHENTICATED' : codeForStatus(reason.status);
    case 'access_denied':
      return 'FORBIDDEN';
    case 'invalid_response':
      return 'UPSTREAM_INVALID_RESPONSE';
    case 'timeout':
    case 'aborted':
      return 'UPSTREAM_TIMEOUT';
    case 'connection_error':
    case 'queue_full':
    case 'circuit_open':
      return 'UPSTREAM_UNAVAILABLE';
  }
}

function codeForStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 408:
    case 504:
      return 'UPSTREAM_TIMEOUT';
    case 413:
    case 429:
      return 'RATE_LIMITED';
    case 502:
    case 503:
      return 'UPSTREAM_UNAVAILABLE';
    default:
      return status < 500 ? 'BAD_REQUEST' : 'UPSTREAM_ERROR';
  }
}

const SERVICE_NAMES = { image: 'The Image service', identity: 'The Identity service' } as const;

function messageFor(error: UpstreamError): string {
  const { reason } = error;
  const name = SERVICE_NAMES[error.callInfo.service];
  switch (reason.kind) {
    case 'http_error':
      if (reason.isRestricted) return restrictedMessage(name);
      if (reason.isForeign) return `${name}'s response is 404 from another server: the configured URL is wrong.`;
      return reason.message ?? statusMessage(name, reason.status, codeFor(error));
    case 'access_denied':
      return accessDeniedMessage(reason.rule);
    case 'invalid_response':
      return `${name}'s response ${reason.problem}.`;
    case 'timeout':
      return `${name} did not respond within ${reason.timeoutMs} ms.`;
    case 'aborted':
      return `The request was aborted before ${name.toLowerCase()} responded.`;
    case 'connection_error':
      return `${name} can't be reached.`;
    case 'queue_full':
      return `Too many calls of ${name.toLowerCase()} are in flight.`;
    case 'circuit_open':
      return `${name} was not called: most of its last calls failed.`;
  }
}

function accessDeniedMessage({ service, method, path }: RuledRequest): string {
  return `The token's application credential has no access rule for service "${service}", method ${method}, path ${path}.`;
}

function restrictedMessage(name: string): string {
  return `${name} does not accept the token, although its access rules allow the call. Either access rules are not set up for the service, or the service sees the call under another path.`;
}

function statusMessage(name: string, status: number, code: ErrorCode): string {
  switch (code) {
    case 'UNAUTHENTICATED':
      return `${name} does not accept the token: it is missing, wrong, expired or revoked.`;
    case 'FORBIDDEN':
      return `${name} does not allow this to the token's role.`;
    case 'NOT_FOUND':
      return `${name} does not know this call.`;
    case 'RATE_LIMITED':
      return `${name} receives too many requests.`;
    case 'UPSTREAM_UNAVAILABLE':
      return `${name} is not available (${status}).`;
    case 'UPSTREAM_TIMEOUT':
      return `${name} did not respond in time (${status}).`;
    default:
      return `${name} responded with ${status}.`;
  }
}

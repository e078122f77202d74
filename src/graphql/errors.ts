/**
 * The one table between failures and GraphQL errors: which `extensions.code` each gets, whether trying again can help, and
 * the sentence for people. Nothing here tells where an upstream is.
 */
import { GraphQLError } from 'graphql';
import type { Access } from '../keystone/access.ts';
import { type FailureReason, type Service, UpstreamFailure } from '../upstream/failures.ts';

/** Every code that the gateway gives a failed field. The README's table is tested against this one. */
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

/** What `extensions` of a failed field may hold; keys without a value are left out. */
export interface ErrorExtensions {
  readonly code: ErrorCode;
  readonly service?: Service;
  readonly region?: string;
  /** The upstream's HTTP status. */
  readonly status?: number;
  /** The `X-Openstack-Request-Id` to search the logs of gateway and upstream for. */
  readonly requestId: string;
  readonly retryable: boolean;
  /** Seconds. */
  readonly retryAfter?: number;
}

function gatewayError(message: string, extensions: Omit<ErrorExtensions, 'retryable'>): GraphQLError {
  const { retryable } = ERROR_CODES[extensions.code];
  return new GraphQLError(message, { extensions: { ...extensions, retryable } });
}

/** @param problem completes "The token …" */
export function unusableTokenError(problem: string, requestId: string): GraphQLError {
  return gatewayError(`The token ${problem}.`, { code: 'UNAUTHENTICATED', requestId });
}

/** @param region null for the default one, where there is none */
export function regionNotFoundError(
  region: string | null,
  { endpoints, scope }: Access,
  requestId: string,
): GraphQLError {
  const known = [...endpoints.keys()];
  const missing =
    region === null
      ? 'The token opens no region with an Image service.'
      : `There is no region "${region.slice(0, 100)}" with an Image service.`;
  const hint =
    scope === 'UNSCOPED'
      ? ' It is not scoped, so its service catalog is empty: ask Keystone for one scoped to a project.'
      : '';
  const message = known.length > 0 ? `${missing} Known: ${known.join(', ')}.` : missing + hint;
  return gatewayError(message, { code: 'REGION_NOT_FOUND', requestId });
}

/** Translates a failed upstream call; anything else is a fault of ours and comes back as it is, to be masked. */
export function toGraphQLError(error: unknown): Error {
  if (!(error instanceof UpstreamFailure))
    return error instanceof Error ? error : new Error('Not an error', { cause: error });
  const { asked, reason } = error;
  return gatewayError(sentenceFor(asked.service, reason), {
    code: codeFor(reason),
    service: asked.service,
    ...(asked.region !== null && { region: asked.region }),
    ...('status' in reason && reason.status !== null && { status: reason.status }),
    requestId: asked.requestId,
    ...('retryAfter' in reason && reason.retryAfter !== null && { retryAfter: reason.retryAfter }),
  });
}

function codeFor(reason: FailureReason): ErrorCode {
  switch (reason.kind) {
    case 'refused':
      return codeForStatus(reason.status);
    case 'unusable':
      return 'UPSTREAM_INVALID_RESPONSE';
    case 'late':
    case 'cancelled':
      return 'UPSTREAM_TIMEOUT';
    case 'unreachable':
    case 'crowded':
    case 'broken':
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

function sentenceFor(service: Service, reason: FailureReason): string {
  const name = SERVICE_NAMES[service];
  switch (reason.kind) {
    case 'refused':
      return reason.explanation ?? refusalSentence(name, reason.status);
    case 'unusable':
      return `${name}'s answer ${reason.problem}.`;
    case 'late':
      return `${name} did not answer within ${reason.deadlineMs} ms.`;
    case 'cancelled':
      return `The request was given up before ${name.toLowerCase()} answered.`;
    case 'unreachable':
      return `${name} can't be reached.`;
    case 'crowded':
      return `${name} was not asked: too many calls wait for it.`;
    case 'broken':
      return `${name} was not asked: most of its last calls failed.`;
  }
}

function refusalSentence(name: string, status: number): string {
  switch (codeForStatus(status)) {
    case 'UNAUTHENTICATED':
      return `${name} does not accept the token: it is missing, wrong, expired or revoked.`;
    case 'FORBIDDEN':
      return `${name} does not allow this to the token's role.`;
    case 'NOT_FOUND':
      return `${name} does not know this call.`;
    case 'RATE_LIMITED':
      return `${name} is asked too often.`;
    case 'UPSTREAM_UNAVAILABLE':
      return `${name} is not available (${status}).`;
    case 'UPSTREAM_TIMEOUT':
      return `${name} did not answer in time (${status}).`;
    default:
      return `${name} answered ${status}.`;
  }
}

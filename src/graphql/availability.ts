import { GraphQLError } from 'graphql';
import { ERROR_CODES, type ErrorCode } from './errors.ts';
import type { Availability } from './generated/resolvers.ts';

/** Tells as data how a call went. Faults of our own stay errors. */
export async function availabilityOf<T>(
  answer: Promise<T>,
  isSupported: (value: T) => boolean = () => true,
): Promise<Availability> {
  try {
    return isSupported(await answer) ? 'AVAILABLE' : 'UNSUPPORTED';
  } catch (error) {
    const code = error instanceof GraphQLError ? error.extensions.code : undefined;
    if (!isErrorCode(code)) throw error;
    return availabilityAfter(code);
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

function availabilityAfter(code: ErrorCode): Availability {
  switch (code) {
    case 'UNAUTHENTICATED':
    case 'FORBIDDEN':
      return code;
    case 'NOT_FOUND':
    case 'REGION_NOT_FOUND':
      return 'UNSUPPORTED';
    case 'BAD_REQUEST':
    case 'RATE_LIMITED':
    case 'UPSTREAM_ERROR':
    case 'UPSTREAM_UNAVAILABLE':
    case 'UPSTREAM_TIMEOUT':
    case 'UPSTREAM_INVALID_RESPONSE':
      return 'UNAVAILABLE';
  }
}

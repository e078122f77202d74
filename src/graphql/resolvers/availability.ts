import { GraphQLError } from 'graphql';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import type { Availability, InfoAvailabilityResolvers } from '../generated/resolvers.ts';

export const infoAvailabilityResolvers: InfoAvailabilityResolvers = {
  importMethods: (region, _args, { data }) => availabilityOf(data.load('importMethods', region.id)),
  stores: (region, _args, { data }) => availabilityOf(data.load('stores', region.id)),
  storesDetail: (region, _args, { data }) => availabilityOf(data.load('storesDetail', region.id)),
  usage: (region, _args, { data }) => availabilityOf(data.load('usage', region.id), ({ enabled }) => enabled),
};

/** The result of a call as data. Internal errors stay errors. */
async function availabilityOf<T>(
  result: Promise<T>,
  isSupported: (value: T) => boolean = () => true,
): Promise<Availability> {
  try {
    return isSupported(await result) ? 'AVAILABLE' : 'UNSUPPORTED';
  } catch (error) {
    const code = error instanceof GraphQLError ? error.extensions.code : undefined;
    if (!isErrorCode(code)) throw error;
    return availabilityFor(code);
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

function availabilityFor(code: ErrorCode): Availability {
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

/** The parts of a region's overview: a query for each, so that a slow one delays no other. */
import { graphql } from '../generated/gql.ts';
import type {
  ApiVersionsQuery,
  ImportMethodsQuery,
  StoresInDetailQuery,
  StoresQuery,
  UsageQuery,
} from '../generated/graphql.ts';
import type { GatewayError } from '../shared/gateway.ts';
import { type QueryState, useQuery } from '../shared/use-query.ts';

export const USAGE = graphql(`
  query Usage($region: ID) {
    info(region: $region) {
      usage {
        enabled
        scope
        quotas {
          name
          usage
          limit
          unlimited
          remaining
          unit
        }
      }
    }
  }
`);

export const STORES = graphql(`
  query Stores($region: ID) {
    info(region: $region) {
      stores {
        id
        description
        default
        readOnly
      }
    }
  }
`);

const STORES_DETAIL = graphql(`
  query StoresInDetail($region: ID) {
    info(region: $region) {
      storesDetail {
        id
        type
        weight
        properties {
          raw
        }
      }
    }
  }
`);

export const IMPORT_METHODS = graphql(`
  query ImportMethods($region: ID) {
    info(region: $region) {
      importMethods {
        value
      }
    }
  }
`);

const VERSIONS = graphql(`
  query ApiVersions($region: ID) {
    info(region: $region) {
      apiVersions {
        id
        status
      }
    }
  }
`);

/** What is known about a part. */
export type Part<T> =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly error: GatewayError }
  | {
      readonly status: 'ready';
      readonly value: T;
      readonly receivedAt: number;
      /** Whether a newer value is being fetched. */
      readonly isRefreshing: boolean;
      /** Why the value is an earlier one; null when it is not. */
      readonly staleBecause: GatewayError | null;
    };

const NO_REASON: GatewayError = { message: 'The gateway gives no reason.', extensions: { code: 'UNKNOWN' } };
const STALE: GatewayError = { message: 'The call failed; this is its last result.', extensions: { code: 'STALE' } };

function partOf<Data, T>(
  { response, staleBecause, isFetching: isRefreshing }: QueryState<Data>,
  select: (data: Data) => T | null | undefined,
): Part<T> {
  if (response === null) return { status: 'loading' };
  const { data, errors, stale, receivedAt } = response;
  const value = data === null ? null : select(data);
  if (value == null) return { status: 'failed', error: errors[0] ?? NO_REASON };
  const [expired] = stale;
  if (expired === undefined) return { status: 'ready', value, receivedAt, isRefreshing, staleBecause };
  return { status: 'ready', value, receivedAt: receivedAt - expired.age * 1000, isRefreshing, staleBecause: STALE };
}

export interface Parts {
  readonly usage: Part<NonNullable<UsageQuery['info']['usage']>>;
  readonly stores: Part<NonNullable<StoresQuery['info']['stores']>>;
  readonly storesDetail: Part<NonNullable<StoresInDetailQuery['info']['storesDetail']>>;
  readonly importMethods: Part<NonNullable<ImportMethodsQuery['info']['importMethods']>>;
  readonly versions: Part<NonNullable<ApiVersionsQuery['info']['apiVersions']>>;
}

/** @param region null for the default region */
export function useParts(region: string | null, refreshes: number): Parts {
  const variables = { region };
  return {
    usage: partOf(useQuery(USAGE, variables, refreshes), ({ info }) => info.usage),
    stores: partOf(useQuery(STORES, variables, refreshes), ({ info }) => info.stores),
    storesDetail: partOf(useQuery(STORES_DETAIL, variables, refreshes), ({ info }) => info.storesDetail),
    importMethods: partOf(useQuery(IMPORT_METHODS, variables, refreshes), ({ info }) => info.importMethods),
    versions: partOf(useQuery(VERSIONS, variables, refreshes), ({ info }) => info.apiVersions),
  };
}

/** Codes that say something about one part, as a single store or a role does; others may have a cause that all parts share. */
const OF_ONE_PART = new Set(['NOT_FOUND', 'FORBIDDEN', 'BAD_REQUEST']);

/** The error that explains every part that needs a token; null when there is none. */
export function commonCause({ usage, stores, storesDetail, importMethods }: Parts): GatewayError | null {
  const [first, ...others] = [stores, storesDetail, importMethods, usage];
  if (first?.status !== 'failed' || OF_ONE_PART.has(first.error.extensions.code)) return null;
  const { code } = first.error.extensions;
  const isSame = (part: Part<unknown>) => part.status === 'failed' && part.error.extensions.code === code;
  return others.every(isSame) ? first.error : null;
}

/** Whether a failure waits for the other parts, in case that one cause explains them all. */
export function mayShareCause({ usage, stores, storesDetail, importMethods }: Parts): boolean {
  const parts = [stores, storesDetail, importMethods, usage];
  return parts.some(({ status }) => status === 'loading') && !parts.some(({ status }) => status === 'ready');
}

/** Why all results are earlier ones, when it is one cause; else null. What is being fetched does not count yet. */
export function staleCause({ usage, stores, storesDetail, importMethods }: Parts): GatewayError | null {
  const reasons = [stores, usage, importMethods, storesDetail].flatMap((part: Part<unknown>) =>
    part.status === 'ready' && !part.isRefreshing ? [part.staleBecause] : [],
  );
  const [first = null] = reasons;
  return reasons.every((reason) => reason?.extensions.code === first?.extensions.code) ? first : null;
}

/** When the oldest result came from the upstream, in milliseconds since 1970. Null before the first. */
export function oldestResult(parts: Parts): number | null {
  const times = Object.values(parts).flatMap((part: Part<unknown>) =>
    part.status === 'ready' ? [part.receivedAt] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * The discovery calls as one GraphQL request sees them: each is made at most once a region, however many fields and aliases
 * ask, with the caller's token and the request's id. What fails is logged here, where the request id is known, and leaves
 * as a GraphQL error.
 */
import DataLoader from 'dataloader';
import type { DiscoveryCall } from '../glance/call.ts';
import { type ImportMethods, importMethods } from '../glance/import-methods.ts';
import { type Store, stores } from '../glance/stores.ts';
import { type StoreDetail, storesDetail } from '../glance/stores-detail.ts';
import { type Usage, usage } from '../glance/usage.ts';
import { type ApiVersion, versions } from '../glance/versions.ts';
import type { Access } from '../keystone/access.ts';
import type { CallerToken } from '../keystone/token.ts';
import type { Upstream } from '../upstream/client.ts';
import { UpstreamFailure } from '../upstream/failures.ts';
import { regionNotFoundError, toGraphQLError, unusableTokenError } from './errors.ts';
import type { RegionRef } from './region.ts';

/** Loaders by region id. Each rejects with a GraphQL error. */
export interface Discovery {
  readonly versions: DataLoader<string, readonly ApiVersion[]>;
  readonly importMethods: DataLoader<string, ImportMethods>;
  readonly stores: DataLoader<string, readonly Store[]>;
  readonly storesDetail: DataLoader<string, readonly StoreDetail[]>;
  readonly usage: DataLoader<string, Usage>;
  /** What the caller's token opens. */
  access(): Promise<Access>;
  /**
   * The region of that id, or the default one for null. When what the token opens can't be found out, the region is taken as
   * named, so that each field says why it fails, and `availability` too.
   *
   * @throws GraphQLError `REGION_NOT_FOUND`
   */
  region(id: string | null): Promise<RegionRef>;
}

export interface DiscoveryOptions {
  readonly upstream: Upstream;
  readonly token: CallerToken;
  readonly requestId: string;
  readonly deadlineMs: number;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
  readonly findAccess: () => Promise<Access>;
  readonly onFailure: (failure: UpstreamFailure) => void;
}

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { upstream, token, requestId } = options;
  let found: Promise<Access> | null = null;

  const access = () => {
    found ??=
      token.kind === 'unusable'
        ? Promise.reject(unusableTokenError(token.problem, requestId))
        : translated(options.findAccess());
    return found;
  };

  async function translated<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof UpstreamFailure) options.onFailure(error);
      throw toGraphQLError(error);
    }
  }

  async function ask<T>(call: DiscoveryCall<T>, region: string): Promise<T> {
    const { endpoints } = await access();
    const endpoint = endpoints.get(region);
    if (endpoint === undefined) throw regionNotFoundError(region, endpoints.keys(), requestId);
    const question = {
      asked: { service: 'image', call: call.name, region, requestId },
      origin: endpoint.origin,
      path: endpoint.basePath + call.path,
      token: token.kind === 'usable' ? token.value : null,
      deadlineMs: options.deadlineMs,
      signal: options.signal,
      decode: call.decode,
    } as const;
    return translated(upstream.ask(question));
  }

  const loaderOf = <T>(call: DiscoveryCall<T>) =>
    new DataLoader<string, T>((regions) => settleAll(regions.map((region) => ask(call, region))));

  return {
    versions: loaderOf(versions),
    importMethods: loaderOf(importMethods),
    stores: loaderOf(stores),
    storesDetail: loaderOf(storesDetail),
    usage: loaderOf(usage),
    access,
    async region(id) {
      const known = await access().catch(() => null);
      if (known === null) return { id };
      if (id !== null && !known.endpoints.has(id)) throw regionNotFoundError(id, known.endpoints.keys(), requestId);
      return { id: id ?? known.defaultRegion };
    },
  };
}

/** DataLoader's contract: a value or an error for each key, so that one region's failure is no other's. */
function settleAll<T>(answers: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return Promise.all(answers.map((answer) => answer.catch((error: Error) => error)));
}

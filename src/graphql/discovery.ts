/**
 * The discovery calls as one GraphQL request sees them: each is made at most once a region, however many fields and aliases
 * ask, with the caller's token and the request's id. What fails is logged here, where the request id is known, and leaves
 * as a GraphQL error.
 */
import DataLoader from 'dataloader';
import type { Answers, Ask } from '../glance/answers.ts';
import type { ImportMethods } from '../glance/import-methods.ts';
import type { Store } from '../glance/stores.ts';
import type { StoreDetail } from '../glance/stores-detail.ts';
import type { Usage } from '../glance/usage.ts';
import type { ApiVersion } from '../glance/versions.ts';
import type { Access, FindAccess } from '../keystone/access.ts';
import type { CallerToken } from '../keystone/token.ts';
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
  readonly answers: Answers;
  readonly token: CallerToken;
  readonly requestId: string;
  readonly deadlineMs: number;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
  readonly findAccess: FindAccess;
  readonly onFailure: (failure: UpstreamFailure) => void;
}

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { answers, requestId } = options;
  const token = options.token.kind === 'usable' ? options.token.value : null;
  let found: Promise<Access> | null = null;

  const access = () => {
    found ??= findAccess();
    return found;
  };

  async function findAccess(): Promise<Access> {
    if (options.token.kind === 'unusable') throw unusableTokenError(options.token.problem, requestId);
    return translated(options.findAccess(token, requestId));
  }

  async function translated<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof UpstreamFailure) options.onFailure(error);
      throw toGraphQLError(error);
    }
  }

  async function askIn<T>(region: string, ask: Ask<T>): Promise<T> {
    const opened = await access();
    const endpoint = opened.endpoints.get(region);
    if (endpoint === undefined) throw regionNotFoundError(region, opened, requestId);
    const { deadlineMs, signal } = options;
    return translated(ask({ region, endpoint, token, requestId, deadlineMs, signal, expiresAt: opened.expiresAt }));
  }

  const loaderOf = <T>(ask: Ask<T>) =>
    new DataLoader<string, T>((regions) => settleAll(regions.map((region) => askIn(region, ask))));

  return {
    versions: loaderOf(answers.versions),
    importMethods: loaderOf(answers.importMethods),
    stores: loaderOf(answers.stores),
    storesDetail: loaderOf(answers.storesDetail),
    usage: loaderOf(answers.usage),
    access,
    async region(id) {
      const opened = await access().catch(() => null);
      if (opened === null) return { id: id ?? '' };
      const region = id ?? opened.defaultRegion;
      if (region === null || !opened.endpoints.has(region)) throw regionNotFoundError(region, opened, requestId);
      return { id: region };
    },
  };
}

/** DataLoader's contract: a value or an error for each key, so that one region's failure is no other's. */
function settleAll<T>(answers: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return Promise.all(answers.map((answer) => answer.catch((error: Error) => error)));
}

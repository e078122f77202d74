/**
 * What one GraphQL request needs on behalf of its caller: the token's context and the results of calls, each call made at most once a
 * region. It collects the request's summary, and its calls end with the request.
 */
import DataLoader from 'dataloader';
import type { CachedCall, CachedValue, EndpointAccess } from '../cache/cached-call.ts';
import type { CallName, CallResults } from '../cache/glance-calls.ts';
import type { DecodedResponse } from '../cache/sized-value.ts';
import type { CatalogContext, TokenContext } from '../cache/token-context.ts';
import { UpstreamError } from '../openstack/errors.ts';
import type { CallerToken, Token } from '../openstack/keystone/token.ts';
import type { CallTracer } from '../openstack/request.ts';
import { createRequestSummary, type RequestSummary } from '../telemetry/request-summary.ts';
import { malformedTokenError, regionNotFoundError, toGraphQLError } from './errors.ts';
import { type CallOwner, RequestCall } from './request-call.ts';
import type {
  CallKey,
  CallResponse,
  Freshness,
  PlanResults,
  RequestCaller,
  RequestServices,
} from './request-services.ts';
import type { RegionRef } from './values.ts';

/** How much of the token's hash is logged: enough to distinguish callers. */
const CALLER_ID_CHARACTERS = 12;

/** By region id. */
type Loaders = { readonly [C in CallName]: DataLoader<string, CallResults[C]> };

/** A class: methods exist once, closures would be created for each request. */
export class RequestData implements CallOwner {
  readonly summary: RequestSummary;
  readonly token: Token | null;
  readonly requestId: string;
  readonly tracer: CallTracer | null;
  readonly bypassCache: boolean;
  readonly requestTimeoutMs: number;
  readonly deadline: number;
  readonly #services: RequestServices;
  readonly #callerToken: CallerToken;
  readonly #calls: RequestCall<unknown>[] = [];
  #context: TokenContext | Promise<TokenContext> | null = null;
  #contextResult: CachedValue<CatalogContext> | null = null;
  #loaders: Loaders | null = null;
  #receivedAt = Number.POSITIVE_INFINITY;
  #freshUntil = Number.POSITIVE_INFINITY;
  #hasFailed = false;
  #isAborted = false;

  constructor(services: RequestServices, { token, requestId, tracer, bypassCache }: RequestCaller) {
    this.#services = services;
    this.#callerToken = token;
    this.token = token.kind === 'usable' ? token : null;
    this.requestId = requestId;
    this.tracer = tracer;
    this.bypassCache = bypassCache;
    this.requestTimeoutMs = services.requestTimeoutMs;
    this.deadline = performance.now() + services.requestTimeoutMs;
    this.summary = createRequestSummary(this.token?.hash.slice(0, CALLER_ID_CHARACTERS) ?? null);
  }

  /** @throws GraphQLError (as a rejection) when the token is malformed or Keystone fails */
  tokenContext(): TokenContext | Promise<TokenContext> {
    this.#context ??= this.#resolveContext();
    return this.#context;
  }

  #resolveContext(): TokenContext | Promise<TokenContext> {
    const { contexts } = this.#services;
    if (this.#callerToken.kind === 'malformed') {
      return Promise.reject(malformedTokenError(this.#callerToken.problem, this.requestId));
    }
    if (contexts.kind === 'static') return contexts.context;
    const endpoint = contexts.authEndpoint;
    const target = { endpoint, region: null, expiresAt: Number.POSITIVE_INFINITY, accessRules: null };
    const call = this.#start(contexts.call, target);
    if (call.settledWith === null || call.settledWith instanceof Error) {
      return call.settled().then((result) => this.#storeContext(result));
    }
    return this.#storeContext(call.settledWith);
  }

  #storeContext(result: CachedValue<CatalogContext>): TokenContext {
    this.#contextResult = result;
    this.#context = result.value;
    return result.value;
  }

  /**
   * The region of that id, or the default region for null. When Keystone fails, the region is taken as named, so that every field, and
   * `availability`, says why it fails.
   *
   * @throws GraphQLError `REGION_NOT_FOUND`
   */
  async region(id: string | null): Promise<RegionRef> {
    const context = await this.#contextOrNull();
    if (context === null) return { id: id ?? '' };
    const region = id ?? context.defaultRegion;
    if (region === null || !context.endpoints.has(region)) throw regionNotFoundError(region, context, this.requestId);
    return { id: region };
  }

  async #contextOrNull(): Promise<TokenContext | null> {
    try {
      return await this.tokenContext();
    } catch {
      return null;
    }
  }

  /** @throws GraphQLError (as a rejection) when the call fails */
  load<C extends CallName>(call: C, region: string): Promise<CallResults[C]> {
    return this.#loadersByCall()[call].load(region);
  }

  #loadersByCall(): Loaders {
    this.#loaders ??= {
      versions: this.#createLoader('versions'),
      importMethods: this.#createLoader('importMethods'),
      stores: this.#createLoader('stores'),
      storesDetail: this.#createLoader('storesDetail'),
      usage: this.#createLoader('usage'),
    };
    return this.#loaders;
  }

  #createLoader<C extends CallName>(name: C): DataLoader<string, CallResults[C]> {
    const call: CachedCall<DecodedResponse<CallResults[C]>> = this.#services.calls[name];
    const fetch = async (region: string): Promise<CallResults[C]> => {
      const context = await this.tokenContext();
      const target = targetIn(region, context);
      if (target === null) throw regionNotFoundError(region, context, this.requestId);
      const result = await this.#start(call, target).settled();
      this.#recordFreshness(result);
      return result.value.value;
    };
    // DataLoader returns the results of a batch when all have arrived: a slow region would delay the others.
    return new DataLoader((regions) => settleAll(regions.map(fetch)), { batch: false });
  }

  /**
   * The results of all calls. Null when one failed or is stale: `load` then has what arrived, and the errors, without further calls.
   */
  fetchAll(calls: readonly CallKey[]): PlanResults | null | Promise<PlanResults | null> {
    const context = this.tokenContext();
    if (!(context instanceof Promise)) return this.#fetchAll(calls, context);
    return context.then(
      (resolved) => this.#fetchAll(calls, resolved),
      () => null,
    );
  }

  #fetchAll(calls: readonly CallKey[], context: TokenContext): PlanResults | null | Promise<PlanResults | null> {
    const started: RequestCall<CallResponse>[] = [];
    for (const { call, region } of calls) {
      const target = targetIn(region ?? context.defaultRegion ?? '', context);
      if (target === null || this.#hasFailed) return null;
      started.push(this.#start<CallResponse>(this.#services.calls[call], target));
    }
    if (started.every(isSettled)) return this.#resultsOf(started, context);
    // A set, because two plan calls are the same call when the default region is also named.
    const pending = new Set(started.filter((call) => !isSettled(call)));
    const allSettled = new Promise<void>((resolve) => {
      let missing = pending.size;
      const onSettled = () => {
        missing -= 1;
        if (missing === 0) resolve();
      };
      for (const call of pending) call.onSettled = onSettled;
    });
    return allSettled.then(() => this.#resultsOf(started, context));
  }

  #resultsOf(started: readonly RequestCall<CallResponse>[], context: TokenContext): PlanResults | null {
    const responses: CallResponse[] = [];
    for (const { settledWith } of started) {
      if (settledWith === null || settledWith instanceof Error) return null;
      this.#recordFreshness(settledWith);
      responses.push(settledWith.value);
    }
    return this.#hasFailed ? null : { context, responses };
  }

  /** Each call of a region is made once. */
  #start<T>(call: CachedCall<T>, target: EndpointAccess): RequestCall<T> {
    const known = this.#calls.find(isCallOf(call, target));
    if (known !== undefined) return known;
    const started = new RequestCall(this, call, target);
    this.#calls.push(started);
    if (this.#isAborted) started.abort();
    else started.start(this.#services.cache);
    return started;
  }

  recordStale(value: CachedValue<unknown>, error: UpstreamError): void {
    const { call, region } = error.callInfo;
    this.summary.stale.push({ call, region, age: Math.round((performance.now() - value.receivedAt) / 1000) });
    this.recordError(error);
  }

  recordError(error: Error): Error {
    this.#hasFailed = true;
    if (error instanceof UpstreamError) this.#services.onUpstreamError(error, this);
    return toGraphQLError(error);
  }

  /** For a response that shows the context itself: it is as fresh as the context. */
  recordContextFreshness(): void {
    if (this.#contextResult !== null) this.#recordFreshness(this.#contextResult);
  }

  #recordFreshness({ receivedAt, freshUntil }: CachedValue<unknown>): void {
    this.#receivedAt = Math.min(this.#receivedAt, receivedAt);
    this.#freshUntil = Math.min(this.#freshUntil, freshUntil);
  }

  freshness(): Freshness {
    if (this.#hasFailed) return null;
    const now = performance.now();
    return { ageMs: Math.max(now - this.#receivedAt, 0), remainingMs: Math.max(this.#freshUntil - now, 0) };
  }

  /** The caller has left: calls are cancelled unless another request waits for them, and no further ones start. */
  abort(): void {
    this.#isAborted = true;
    for (const call of this.#calls) call.abort();
  }
}

function targetIn(region: string, { endpoints, expiresAt, accessRules }: TokenContext): EndpointAccess | null {
  const endpoint = endpoints.get(region);
  return endpoint === undefined ? null : { endpoint, region, expiresAt, accessRules };
}

const isSettled = ({ settledWith }: RequestCall<unknown>) => settledWith !== null;

function isCallOf<T>(call: CachedCall<T>, target: EndpointAccess) {
  return (known: RequestCall<unknown>): known is RequestCall<T> =>
    known.call === call && known.region === target.region;
}

/** DataLoader expects a value or an error for each key. */
function settleAll<T>(results: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return Promise.all(results.map((result) => result.catch((error: Error) => error)));
}

/** The outcome of a GraphQL request, collected while it is processed, for its log line, the metrics and the trace. */
export interface RequestSummary {
  /** Identifies the caller's token within this process; the token can't be derived from it. Null without a valid token. */
  readonly caller: string | null;
  /** The operation's name; null when it has none or the document was not parsed. */
  operation: string | null;
  /** Null unless queries are logged. */
  query: string | null;
  /** The requested fields, two levels deep: `info.stores`, `imageRegions`, … */
  fields: readonly string[];
  outcome: Outcome;
  /** The distinct values of `extensions.code` in the errors. */
  codes: readonly string[];
  readonly calls: CallRecord[];
  /** Expired results that were served because the upstream failed. */
  readonly stale: StaleResult[];
}

export interface StaleResult {
  readonly call: string;
  /** Null for Keystone's calls, which have no region. */
  readonly region: string | null;
  /** Seconds since the upstream's response. */
  readonly age: number;
}

/** Whether the response has all of the data, a part of it, or none. */
export type Outcome = 'ok' | 'partial' | 'failed';

/**
 * Where a result comes from: `miss`, an upstream call of this request; `coalesced`, an identical call that was in flight; `hit`, this
 * gateway's cache; `shared_hit`, the cache that gateways share; `stale`, an expired result after the call failed.
 */
export type CacheStatus = 'miss' | 'coalesced' | 'hit' | 'shared_hit' | 'stale';

export interface CallRecord {
  readonly call: string;
  /** Left out for Keystone's calls, which have no region. */
  readonly region?: string | undefined;
  cache: CacheStatus;
  /** The upstream's HTTP status or the reason of the error. Left out for a cache hit and until the call ends. */
  result?: number | string;
  ms?: number;
}

export function createRequestSummary(caller: string | null): RequestSummary {
  return { caller, operation: null, query: null, fields: [], outcome: 'failed', codes: [], calls: [], stale: [] };
}

/** Rounds milliseconds to tenths, for the log. */
export const roundMs = (ms: number) => Math.round(ms * 10) / 10;

/** What a GraphQL request came to, gathered while it is answered, for its log line and the metrics. */
export interface RequestReport {
  /** The same for all requests of one token to this process; leads to no token. Null for a caller without a usable one. */
  readonly caller: string | null;
  /** The operation's name; null when it has none, or was not found out. */
  operation: string | null;
  /** Null where queries are not to be logged. */
  query: string | null;
  /** `info.stores`, `imageRegions`, …: what was asked, two levels deep. */
  fields: readonly string[];
  outcome: Outcome;
  /** `extensions.code` of each error, once each. */
  codes: readonly string[];
  readonly calls: CallRecord[];
  /** Answers that ran out, and were given because the upstream fails. */
  readonly stale: StaleAnswer[];
}

export interface StaleAnswer {
  readonly call: string;
  /** Null for Keystone's, which concern no region. */
  readonly region: string | null;
  /** Seconds since the upstream gave it. */
  readonly age: number;
}

/** Whether all of the data came, some, or none. */
export type Outcome = 'ok' | 'partial' | 'failed';

export interface CallRecord {
  readonly call: string;
  readonly region: string;
  /**
   * Whether the call was made for this request, for another that waited for the same, or before, by this gateway or by another
   * (`store`); `stale` when it failed.
   */
  from: 'upstream' | 'shared' | 'kept' | 'store' | 'stale';
  /** The upstream's HTTP status, or why there is none. Not there for a kept answer, nor while it has not answered. */
  result?: number | string;
  ms?: number;
}

export function createReport(caller: string | null): RequestReport {
  return { caller, operation: null, query: null, fields: [], outcome: 'failed', codes: [], calls: [], stale: [] };
}

/** Milliseconds as the log has them: finer would be noise. */
export const toTenths = (ms: number) => Math.round(ms * 10) / 10;

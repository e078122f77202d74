/**
 * Operations that were sent before, equal to the byte, and how to respond: from a plan, with the error that their document causes, or
 * by execution.
 *
 * It saves parsing, validation, variable coercion, content negotiation and Apollo Server's plugins. All of these depend on the body (or
 * the query string), the `Accept` header and settings that do not change, which are the key. What depends on the caller (token, region,
 * calls, rate limits) is not cached.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RequestSummary } from '../../telemetry/request-summary.ts';
import type { ResponsePlan } from './plan.ts';

export interface CachedOperation {
  /** A plan, or the whole body of an error; null for an operation that has no plan. */
  readonly result: ResponsePlan | string | null;
  readonly status: number;
  readonly contentType: string;
  /** For log and metrics. */
  readonly summary: Pick<RequestSummary, 'operation' | 'query' | 'fields' | 'outcome' | 'codes'>;
  /** The persisted query that the operation names or registers. */
  readonly persistedQuery: PersistedQuery | null;
}

export interface PersistedQuery {
  readonly sha256: string;
  /** Null when the operation sends the hash alone. */
  readonly document: string | null;
}

/** An operation while Apollo Server processes it. */
export interface OperationState {
  /** Whether the operation was sent before. */
  readonly isRepeated: boolean;
  persistedQuery: PersistedQuery | null;
  /** As estimated, and what longer lists add. */
  cost: number;
  /** Undefined until the operation is planned; null when it has no plan. */
  plan: ResponsePlan | null | undefined;
}

export interface OperationCache {
  get(key: string): CachedOperation | undefined;
  /** Whether the key was seen before. Only an operation that is sent again is planned. */
  isRepeated(key: string): boolean;
  set(key: string, operation: CachedOperation): void;
}

/** In bytes. The least recently used operation is evicted first. */
const MAX_BYTES = 6 * 1024 * 1024;
/** The longest key that is cached. */
const MAX_KEY_CHARACTERS = 20_000;
/** The size of the shortest operation without a plan, with its key. */
const ENTRY_BYTES = 600;
/** The size of a plan for each character of its document: as measured, plus 50 %. */
const PLAN_BYTES_PER_CHARACTER = 225;
/** Hashes of keys that were seen; cleared when full. */
const MAX_SEEN = 10_000;

export function createOperationCache(): OperationCache {
  const seen = new Set<string>();
  const operations = new LRUCache<string, CachedOperation>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ result, persistedQuery, summary: { query } }, key) =>
      ENTRY_BYTES +
      2 * (key.length + (query?.length ?? 0)) +
      2 * (persistedQuery?.document?.length ?? 0) +
      (typeof result === 'string' ? 2 * result.length : PLAN_BYTES_PER_CHARACTER * (result?.characters ?? 0)),
  });
  return {
    get: (key) => operations.get(key),
    isRepeated(key) {
      if (key.length > MAX_KEY_CHARACTERS) return false;
      const digest = hash('sha256', key, 'base64url');
      if (seen.has(digest)) return true;
      if (seen.size >= MAX_SEEN) seen.clear();
      seen.add(digest);
      return false;
    },
    set: (key, operation) => void operations.set(key, operation),
  };
}

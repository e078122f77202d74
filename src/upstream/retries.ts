/** Which calls are made a second time, and how many may be. */
import { type FailureReason, isOutage } from './failures.ts';

/** Of the calls to one origin, one in so many may be a second attempt: a retry must not become the load that it fears. */
const CALLS_A_RETRY = 10;
/** Retries that calls of long ago have earned. */
const MAX_SAVED = 10;
/** Between so many milliseconds lies the pause, so that callers who failed together do not come again together. */
const PAUSE_MS = { least: 20, most: 100 };

export interface RetryBudget {
  /** A first attempt was made. */
  earn(): void;
  /** Whether a second one may be made; then it counts as made. */
  spend(): boolean;
}

export function createRetryBudget(): RetryBudget {
  let saved = MAX_SAVED;
  return {
    earn() {
      saved = Math.min(saved + 1 / CALLS_A_RETRY, MAX_SAVED);
    },
    spend() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}

/**
 * Whether a second attempt can do better: all calls are GETs, so that it harms nothing. Not after a part of an answer, nor where
 * the upstream says when to come again, or that there were too many.
 */
export function isWorthRetrying(reason: FailureReason): boolean {
  if (reason.kind === 'unreachable') return !reason.answered;
  return reason.kind === 'refused' && reason.retryAfter === null && isOutage(reason);
}

/** Null when too little of the deadline would be left. */
export function pauseWithin(leftMs: number): number | null {
  const pause = PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least);
  return pause * 2 < leftMs ? pause : null;
}

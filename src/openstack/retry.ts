/** Which calls are retried, and how often. */
import { type ErrorReason, isOutage } from './errors.ts';

/** At most one call in ten is a retry, so that retries do not become the load that keeps an upstream down. */
const DEPOSIT_PER_CALL = 0.1;
/** The most retries that the budget holds. */
const MAX_BALANCE = 10;
/** The pause is random, so that callers who failed together do not return together. In milliseconds. */
const BACKOFF_MS = { min: 20, max: 100 };

export class RetryBudget {
  #balance = MAX_BALANCE;

  /** Counts a first attempt. */
  deposit(): void {
    this.#balance = Math.min(this.#balance + DEPOSIT_PER_CALL, MAX_BALANCE);
  }

  /** Whether a retry is allowed; if so, it is withdrawn from the budget. */
  withdraw(): boolean {
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }
}

/** Every call is a GET, so a retry is harmless. It is useless after part of a response, and unwanted where the upstream names a time. */
export function isRetryable(reason: ErrorReason): boolean {
  if (reason.kind === 'connection_error') return !reason.responseStarted;
  return reason.kind === 'http_error' && reason.retryAfter === null && isOutage(reason);
}

/** The pause before a retry, in milliseconds; null when too little time would be left. */
export function backoffDelay(remainingMs: number): number | null {
  const delay = BACKOFF_MS.min + Math.random() * (BACKOFF_MS.max - BACKOFF_MS.min);
  return delay * 2 < remainingMs ? delay : null;
}

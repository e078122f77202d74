/**
 * The circuit breaker of one call to one endpoint. While it is open, calls fail at once instead of at their timeouts, and the
 * upstream recovers without their load.
 *
 * Failures are counted by caller. The failures of one caller open the circuit for that caller alone; those of two or more callers
 * open it for everybody. A 4xx or a 500 is a success here: the upstream responded, and the cause is the request.
 */
import { type ErrorReason, isOutage } from './errors.ts';

/** The circuit opens when half of the calls of about ten seconds failed, and at least ten did. */
const WINDOW_MS = 10_000;
const MIN_FAILURES = 10;
const FAILURE_SHARE = 0.5;
/** How long it stays open before one call probes the upstream, in milliseconds. */
const OPEN_MS = 1000;
/** After a failed probe, for its caller, so that the next probe is another caller's. */
const OPEN_AFTER_PROBE_MS = 1500;
/** The most callers with counts of their own; beyond, the oldest is removed. */
const MAX_FAILING_CALLERS = 1000;

export type CircuitState = 'closed' | 'open' | 'half-open';

/** Whether a call may be sent. The result of a probe decides whether the circuit closes. */
export type Admission = 'admitted' | 'probe' | 'rejected';

export interface BreakerOptions {
  /** Called when the state for all callers changes. */
  readonly onStateChange: (state: CircuitState) => void;
  /**
   * Makes the call without any caller's token. A token can make a server drop the connection, such as one longer than its buffer, so
   * dropped connections open the circuit for everybody only when this call fails too.
   */
  readonly isReachable: () => Promise<boolean>;
}

export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #all = new Circuit();
  readonly #callers = new Map<string, Circuit>();
  #isVerifying = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /**
   * @param caller an opaque key
   * @param now in milliseconds of the monotonic clock
   */
  admit(caller: string, now: number): Admission {
    const own = this.#callers.size === 0 ? undefined : this.#callers.get(caller);
    if (own !== undefined && !own.admits(now)) return 'rejected';
    if (!this.#all.admits(now)) return 'rejected';
    if (this.#all.state !== 'closed') this.#probe(now);
    else if (own === undefined || own.state === 'closed') return 'admitted';
    if (own !== undefined && own.state !== 'closed') own.probe(now + OPEN_MS);
    return 'probe';
  }

  /** Seconds until a call may be sent, at least one. */
  retryAfter(caller: string, now: number): number {
    const probeAt = Math.max(this.#all.probeAt, this.#callers.get(caller)?.probeAt ?? 0);
    return Math.max(Math.ceil((probeAt - now) / 1000), 1);
  }

  onSuccess(caller: string, admission: Admission, now: number): void {
    this.#all.count(true, now);
    const own = this.#callers.size === 0 ? undefined : this.#callers.get(caller);
    own?.count(true, now);
    if (admission !== 'probe') return;
    if (own !== undefined && own.state !== 'closed') this.#callers.delete(caller);
    if (this.#all.state !== 'closed') this.#close();
  }

  onError(caller: string, admission: Admission, reason: ErrorReason, now: number): void {
    // The caller left, or the call was never sent: that says nothing about the upstream.
    if (reason.kind === 'aborted' || reason.kind === 'queue_full') this.#endProbe(caller, admission, now);
    else if (isOutage(reason)) this.#onFailure(caller, admission, reason, now);
    else this.onSuccess(caller, admission, now);
  }

  /** Lets the next call probe instead. */
  #endProbe(caller: string, admission: Admission, now: number): void {
    if (admission !== 'probe') return;
    const own = this.#callers.get(caller);
    if (own !== undefined && own.state !== 'closed') own.probeAt = now;
    if (this.#all.state !== 'closed') this.#all.probeAt = now;
  }

  #onFailure(caller: string, admission: Admission, reason: ErrorReason, now: number): void {
    const own = this.#circuitOf(caller);
    if (admission === 'probe') {
      own.open(now + OPEN_AFTER_PROBE_MS);
      if (this.#all.state === 'closed') return;
      if (isDropped(reason)) this.#verify();
      else this.#open(now);
      return;
    }
    // The call began before the circuit opened.
    if (own.state !== 'closed' || this.#all.state !== 'closed') return;
    own.count(false, now);
    this.#all.count(false, now);
    if (own.isFailing(now)) own.open(now + OPEN_MS);
    if (!this.#all.isFailing(now) || this.#failingCallers(now) < 2) return;
    if (isDropped(reason)) this.#verify();
    else this.#open(now);
  }

  #circuitOf(caller: string): Circuit {
    let circuit = this.#callers.get(caller);
    if (circuit === undefined) {
      circuit = new Circuit();
      const [oldest] = this.#callers.keys();
      if (this.#callers.size >= MAX_FAILING_CALLERS && oldest !== undefined) this.#callers.delete(oldest);
      this.#callers.set(caller, circuit);
    }
    return circuit;
  }

  /** Up to two: more make no difference. */
  #failingCallers(now: number): number {
    let failing = 0;
    for (const [caller, circuit] of this.#callers) {
      if (circuit.failures(now) > 0) failing += 1;
      else if (circuit.state === 'closed') this.#callers.delete(caller);
      if (failing === 2) break;
    }
    return failing;
  }

  async #verify(): Promise<void> {
    if (this.#isVerifying) return;
    this.#isVerifying = true;
    const { state } = this.#all;
    const isReachable = await this.#options.isReachable();
    this.#isVerifying = false;
    // Timeouts may have opened it meanwhile, or a probe closed it.
    if (this.#all.state !== state) return;
    if (!isReachable) this.#open(performance.now());
    else if (state === 'closed') this.#all.reset();
    else this.#close();
  }

  #probe(now: number): void {
    this.#all.probe(now + OPEN_MS);
    this.#options.onStateChange('half-open');
  }

  #open(now: number): void {
    this.#all.open(now + OPEN_MS);
    this.#options.onStateChange('open');
  }

  #close(): void {
    this.#all.reset();
    this.#callers.clear();
    this.#options.onStateChange('closed');
  }
}

/** Whether the token can be the cause: see `BreakerOptions.isReachable`. */
function isDropped(reason: ErrorReason): boolean {
  return reason.kind === 'connection_error' || (reason.kind === 'http_error' && reason.status === 502);
}

/** Counts calls over two half windows. */
class Circuit {
  state: CircuitState = 'closed';
  /** When the next call may probe, in milliseconds of the monotonic clock. A probe that hangs does not hold back the next one. */
  probeAt = 0;
  #half = 0;
  #calls = 0;
  #failures = 0;
  #earlierCalls = 0;
  #earlierFailures = 0;

  admits(now: number): boolean {
    return this.state === 'closed' || now >= this.probeAt;
  }

  open(probeAt: number): void {
    this.state = 'open';
    this.probeAt = probeAt;
  }

  probe(nextProbeAt: number): void {
    this.state = 'half-open';
    this.probeAt = nextProbeAt;
  }

  reset(): void {
    this.state = 'closed';
    this.probeAt = 0;
    this.#calls = this.#failures = this.#earlierCalls = this.#earlierFailures = 0;
  }

  count(isSuccess: boolean, now: number): void {
    this.#advance(now);
    this.#calls += 1;
    if (!isSuccess) this.#failures += 1;
  }

  failures(now: number): number {
    this.#advance(now);
    return this.#failures + this.#earlierFailures;
  }

  isFailing(now: number): boolean {
    const failures = this.failures(now);
    return failures >= MIN_FAILURES && failures >= (this.#calls + this.#earlierCalls) * FAILURE_SHARE;
  }

  #advance(now: number): void {
    const half = Math.floor(now / (WINDOW_MS / 2));
    if (half === this.#half) return;
    const isNext = half === this.#half + 1;
    this.#earlierCalls = isNext ? this.#calls : 0;
    this.#earlierFailures = isNext ? this.#failures : 0;
    this.#calls = 0;
    this.#failures = 0;
    this.#half = half;
  }
}

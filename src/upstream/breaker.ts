/**
 * Stops asking an upstream that is down, so that its callers learn it at once instead of at their deadlines, and it gets up
 * without their load. A call that fails for its own sake (any 4xx, or a 500: a broken store driver answers that for ever) says
 * nothing of the upstream.
 */
import { CircuitState, circuitBreaker, handleWhen, SamplingBreaker } from 'cockatiel';
import { answerTo, type Receiver } from './asking.ts';
import { isOutage, UpstreamFailure } from './failures.ts';

/** It opens when half of the calls of ten seconds failed, and they were at least ten. */
const SAMPLING = { threshold: 0.5, duration: 10_000, minimumRps: 1 };
/** Then, for so long, nothing is asked; the call after that is the probe. In milliseconds. */
const OPEN_MS = 1000;

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface Breaker {
  /**
   * Whom to tell what comes of a call that begins; null where the upstream is not to be asked.
   *
   * @param now in milliseconds of the monotonic clock
   */
  admit(now: number): Receiver<unknown> | null;
  /** Seconds until asking may help, when it did not just now. */
  retryAfter(): number;
}

export function createBreaker(onChange: (state: BreakerState) => void): Breaker {
  const sampling = new SamplingBreaker(SAMPLING);
  const policy = circuitBreaker(
    // A probe that its caller gave up has shown nothing: the next one may.
    handleWhen((error) => isFailure(error, isOutage) || (isProbing() && isFailure(error, isCancelled))),
    // It would wait by the wall clock, which can be set back by hours; `admit` waits by the monotonic one.
    { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker: sampling },
  );
  const isProbing = () => policy.state === CircuitState.HalfOpen;
  let askableAt = 0;
  policy.onBreak(() => {
    askableAt = performance.now() + OPEN_MS;
  });
  policy.onStateChange((state) => onChange(NAMES[state] ?? 'closed'));

  // Most calls succeed while it is closed. To have the policy run each would cost as much as all else that is done for one.
  const whileClosed: Receiver<unknown> = {
    onAnswer() {
      if (policy.state === CircuitState.Closed) sampling.success(CircuitState.Closed);
    },
    // The answer of a call that began before it opened is not the probe's.
    onFailure(failure) {
      if (policy.state === CircuitState.Closed && isFailure(failure, isOutage)) run(() => Promise.reject(failure));
    },
  };

  function beginProbe(): Receiver<unknown> {
    let probe = whileClosed;
    run(() =>
      answerTo((receiver) => {
        probe = receiver;
      }),
    );
    return probe;
  }

  function run(call: () => Promise<unknown>): void {
    policy.execute(call).catch(() => {});
  }

  return {
    admit(now) {
      // Others than the probe do not wait for what comes of it: that may take up to its deadline.
      if (now < askableAt || isProbing()) return null;
      return policy.state === CircuitState.Closed ? whileClosed : beginProbe();
    },
    retryAfter: () => Math.max(Math.ceil((askableAt - performance.now()) / 1000), 1),
  };
}

const NAMES: Readonly<Partial<Record<CircuitState, BreakerState>>> = {
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
};

const isCancelled = ({ kind }: UpstreamFailure['reason']) => kind === 'cancelled';

function isFailure(error: unknown, isSuch: (reason: UpstreamFailure['reason']) => boolean): boolean {
  return error instanceof UpstreamFailure && isSuch(error.reason);
}

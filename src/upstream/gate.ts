/**
 * How many calls an upstream has at a time. With a quick upstream more connections only cost more: what holds calls up then is
 * this process. With a slow one each connection is a call that need not wait. So there are few, and more while calls wait
 * although the event loop has time to spare.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

export interface GateOptions {
  readonly connections: number;
  readonly maxConnections: number;
  /** More calls than this do not even wait. */
  readonly maxWaiting: number;
}

/** Something that goes through a gate once it is let in. */
export interface Passing {
  /** Whether it still wants to. */
  readonly settled: boolean;
  pass(): void;
}

export interface Gate {
  /** Lets it pass now or when it is its turn; false when too many wait. Each that has passed must `leave`. */
  enter(passing: Passing): boolean;
  leave(): void;
}

/** The event loop has time to spare when it was idle for this share of the time since it was last looked at. */
const SPARE = 0.15;
const LOOK_EVERY_MS = 10;
/** A look that spans more says what was before the load, or between its waves. */
const LOOK_SPANS_MS = 50;

export function createGate({ connections, maxConnections, maxWaiting }: GateOptions): Gate {
  const queue: Passing[] = [];
  let limit = connections;
  let inside = 0;

  function admit(): void {
    while (inside < limit) {
      const next = queue.shift();
      if (next === undefined) return;
      if (next.settled) continue;
      inside += 1;
      next.pass();
    }
  }

  return {
    enter(passing) {
      if (queue.length >= maxWaiting) return false;
      if (inside >= limit && limit < maxConnections && loopNow() === 'spare') limit += 1;
      queue.push(passing);
      admit();
      return true;
    },
    leave() {
      inside -= 1;
      if (limit > connections && loopNow() === 'busy') limit -= 1;
      admit();
    },
  };
}

type LoopState = 'spare' | 'busy' | 'unknown';

let lookedAt = 0;
let last: EventLoopUtilization = performance.eventLoopUtilization();
let state: LoopState = 'unknown';

function loopNow(): LoopState {
  const now = performance.now();
  const span = now - lookedAt;
  if (span < LOOK_EVERY_MS) return state;
  const current = performance.eventLoopUtilization();
  const { utilization } = performance.eventLoopUtilization(current, last);
  lookedAt = now;
  last = current;
  if (span > LOOK_SPANS_MS) state = 'unknown';
  else state = utilization < 1 - SPARE ? 'spare' : 'busy';
  return state;
}

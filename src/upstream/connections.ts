/**
 * The connections to an upstream: how many there are, and who has one. With a quick upstream more connections only cost more: what
 * holds calls up then is this process. With a slow one each connection is a call that need not wait. So there are few, and more
 * while calls wait although the event loop has time to spare. The one that was used last is used next: it is the warmest, and those
 * that are not needed are closed for being idle.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Client } from 'undici';

export interface ConnectionLimits {
  readonly connections: number;
  readonly maxConnections: number;
  /** More calls than this do not even wait. */
  readonly maxWaiting: number;
}

/** A call that wants a connection. */
export interface Waiting {
  /** Whether it has no use for one any more. */
  readonly settled: boolean;
  take(connection: Client): void;
}

export interface Connections {
  /** Gives it a connection, now or when it is its turn; false when too many wait. Each that has taken one must `giveBack` it. */
  lend(waiting: Waiting): boolean;
  /** @param isSound whether it may be used again */
  giveBack(connection: Client, isSound: boolean): void;
  destroy(): Promise<void>;
}

/** The event loop has time to spare when it was idle for this share of the time since it was last looked at. */
const SPARE = 0.15;
const LOOK_EVERY_MS = 100;
/** A look that spans more says what was before the load, or between its waves. */
const LOOK_SPANS_MS = 1000;

/** @param open makes one that connects when it is first used */
export function createConnections(
  open: () => Client,
  { connections, maxConnections, maxWaiting }: ConnectionLimits,
): Connections {
  const queue: Waiting[] = [];
  const opened = new Set<Client>();
  const free: Client[] = [];
  let limit = connections;

  const lent = () => opened.size - free.length;

  function openOne(): Client {
    const connection = open();
    opened.add(connection);
    return connection;
  }

  function lendOut(): void {
    while (lent() < limit) {
      const next = queue.shift();
      if (next === undefined) return;
      if (next.settled) continue;
      next.take(free.pop() ?? openOne());
    }
  }

  return {
    lend(waiting) {
      if (queue.length >= maxWaiting) return false;
      if (lent() >= limit && limit < maxConnections && loopNow() === 'spare') limit += 1;
      queue.push(waiting);
      lendOut();
      return true;
    },
    giveBack(connection, isSound) {
      if (isSound) {
        free.push(connection);
      } else {
        opened.delete(connection);
        connection.destroy();
      }
      if (limit > connections && loopNow() === 'busy') limit -= 1;
      lendOut();
    },
    async destroy() {
      await Promise.all([...opened].map((connection) => connection.destroy()));
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

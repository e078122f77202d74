/**
 * The connections of one call to one endpoint. More connections only cost more while this process is the bottleneck, so the pool
 * starts small and grows while calls wait although the event loop is idle. The connection used last is used next; those that are not
 * needed are closed by their keep-alive timeout.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Connection } from './connect.ts';

export interface PoolLimits {
  /** Connections to begin with. */
  readonly connections: number;
  /** The most connections. */
  readonly maxConnections: number;
  /** Calls that may wait for a connection. */
  readonly maxWaiting: number;
}

/** A call that needs a connection. */
export interface Waiter {
  /** True once it needs none any more. */
  readonly settled: boolean;
  onConnection(connection: Connection): void;
}

export class ConnectionPool {
  readonly #connect: () => Connection;
  readonly #limits: PoolLimits;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #queue: Waiter[] = [];
  /** Waiters that left the queue's count but not yet the queue. */
  #abandoned = 0;
  #limit: number;
  #growTimer: NodeJS.Timeout | null = null;

  /** @param connect makes a connection */
  constructor(connect: () => Connection, limits: PoolLimits) {
    this.#connect = connect;
    this.#limits = limits;
    this.#limit = limits.connections;
  }

  get active(): number {
    return this.#open.size - this.#idle.length;
  }

  /** Calls `onConnection`, now or later, once for each waiter. Returns false when the queue is full. */
  acquire(waiter: Waiter): boolean {
    if (this.#waiting >= this.#limits.maxWaiting) return false;
    this.#queue.push(waiter);
    this.#assign();
    if (this.#queue.length > 0) this.#scheduleGrowth();
    return true;
  }

  /** Takes a settled waiter that has no connection out of the queue. */
  leave(): void {
    this.#abandoned += 1;
    if (this.#abandoned * 2 < this.#queue.length) return;
    this.#queue = this.#queue.filter(({ settled }) => !settled);
    this.#abandoned = 0;
  }

  /** Returns a connection. @param reusable false to close it */
  release(connection: Connection, reusable: boolean): void {
    if (reusable) this.#idle.push(connection);
    else {
      this.#open.delete(connection);
      connection.destroy();
    }
    if (this.#limit > this.#limits.connections && sampleEventLoop() === 'busy') this.#limit -= 1;
    this.#assign();
  }

  async destroy(): Promise<void> {
    if (this.#growTimer !== null) clearTimeout(this.#growTimer);
    this.#queue = [];
    this.#abandoned = 0;
    await Promise.all([...this.#open].map((connection) => connection.destroy()));
  }

  get #waiting(): number {
    return this.#queue.length - this.#abandoned;
  }

  /** Doubles the limit for as long as calls wait although the event loop is idle. */
  #scheduleGrowth(): void {
    if (this.#growTimer !== null || this.#limit >= this.#limits.maxConnections) return;
    this.#growTimer = setTimeout(() => {
      this.#growTimer = null;
      if (this.#waiting === 0) return;
      if (sampleEventLoop() === 'idle') {
        this.#limit = Math.min(this.#limit * 2, this.#limits.maxConnections);
        this.#assign();
      }
      if (this.#waiting > 0) this.#scheduleGrowth();
    }, SAMPLE_INTERVAL_MS).unref();
  }

  #assign(): void {
    while (this.active < this.#limit) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (next.settled) this.#abandoned -= 1;
      else next.onConnection(this.#idle.pop() ?? this.#addConnection());
    }
  }

  #addConnection(): Connection {
    const connection = this.#connect();
    this.#open.add(connection);
    return connection;
  }
}

/** The event loop counts as idle when it was for this share of the time since the last sample. */
const IDLE_SHARE = 0.15;
const SAMPLE_INTERVAL_MS = 100;
/** A sample over a longer time says how things were before the load. */
const MAX_SAMPLE_MS = 1000;

let sampledAt = 0;
let lastSample: EventLoopUtilization = performance.eventLoopUtilization();
let eventLoop: 'idle' | 'busy' | 'unknown' = 'unknown';

function sampleEventLoop(): typeof eventLoop {
  const now = performance.now();
  const span = now - sampledAt;
  if (span < SAMPLE_INTERVAL_MS) return eventLoop;
  const sample = performance.eventLoopUtilization();
  const { utilization } = performance.eventLoopUtilization(sample, lastSample);
  sampledAt = now;
  lastSample = sample;
  if (span > MAX_SAMPLE_MS) eventLoop = 'unknown';
  else eventLoop = utilization < 1 - IDLE_SHARE ? 'idle' : 'busy';
  return eventLoop;
}

/**
 * The connections of one call to one endpoint. They are opened as they are needed, up to a limit; the connection used last is used
 * next, and those that are not needed are closed by their keep-alive timeout.
 */
import type { Connection } from './connect.ts';

export interface PoolLimits {
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

  /** @param connect makes a connection */
  constructor(connect: () => Connection, limits: PoolLimits) {
    this.#connect = connect;
    this.#limits = limits;
  }

  get active(): number {
    return this.#open.size - this.#idle.length;
  }

  /** Calls `onConnection`, now or later, once for each waiter. Returns false when the queue is full. */
  acquire(waiter: Waiter): boolean {
    if (this.#waiting >= this.#limits.maxWaiting) return false;
    this.#queue.push(waiter);
    this.#assign();
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
    this.#assign();
  }

  async destroy(): Promise<void> {
    this.#queue = [];
    this.#abandoned = 0;
    await Promise.all([...this.#open].map((connection) => connection.destroy()));
  }

  get #waiting(): number {
    return this.#queue.length - this.#abandoned;
  }

  #assign(): void {
    while (this.active < this.#limits.maxConnections) {
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

/** The requests that wait for a call. */
import { deliver, type ResponseCallbacks } from '../openstack/callbacks.ts';
import { scheduleTimeout, type TimeoutTarget } from '../openstack/timeouts.ts';

/** Waits for a call until a deadline of its own. */
export interface CallWaiter<T> extends ResponseCallbacks<T> {
  /** In milliseconds of the monotonic clock. */
  readonly deadline: number;
  createTimeoutError(): Error;
}

export class Waiters<T> {
  #waiters: (CallWaiter<T> | DeadlineWaiter<T>)[] = [];

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** @param onDeadline called when the waiter's deadline passes before the call ends at `endsAt` */
  add(waiter: CallWaiter<T>, endsAt: number, onDeadline: (waiter: CallWaiter<T>) => void): void {
    this.#waiters.push(waiter.deadline < endsAt ? new DeadlineWaiter(waiter, onDeadline) : waiter);
  }

  /** Whether it was waiting. */
  remove(waiter: CallWaiter<T>): boolean {
    const index = this.#waiters.findIndex((other) => waiterIn(other) === waiter);
    if (index === -1) return false;
    const [removed] = this.#waiters.splice(index, 1);
    if (removed instanceof DeadlineWaiter) removed.clear();
    return true;
  }

  onResponse(response: T): void {
    for (const waiter of this.#takeAll()) deliver(waiter, response);
  }

  onError(error: Error): void {
    for (const waiter of this.#takeAll()) waiter.onError(error);
  }

  #takeAll(): readonly CallWaiter<T>[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters.map((waiter) => {
      if (waiter instanceof DeadlineWaiter) waiter.clear();
      return waiterIn(waiter);
    });
  }
}

function waiterIn<T>(waiter: CallWaiter<T> | DeadlineWaiter<T>): CallWaiter<T> {
  return waiter instanceof DeadlineWaiter ? waiter.waiter : waiter;
}

class DeadlineWaiter<T> implements TimeoutTarget {
  readonly waiter: CallWaiter<T>;
  readonly #onDeadline: (waiter: CallWaiter<T>) => void;
  readonly #timeouts: Set<TimeoutTarget>;

  constructor(waiter: CallWaiter<T>, onDeadline: (waiter: CallWaiter<T>) => void) {
    this.waiter = waiter;
    this.#onDeadline = onDeadline;
    this.#timeouts = scheduleTimeout(this, waiter.deadline);
  }

  onTimeout(): void {
    this.#onDeadline(this.waiter);
  }

  clear(): void {
    this.#timeouts.delete(this);
  }
}

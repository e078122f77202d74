/** Identical calls under way at the same time are one: who asks for one that is under way waits for its answer too. */
import { type Asking, type Receiver, tell } from '../upstream/asking.ts';
import { type Expiring, watchDeadline } from '../upstream/deadlines.ts';

export interface Flights<T> {
  /** Waits for the call under way, until the deadline where that is earlier than the call's. Null where there is none. */
  join(key: string, receiver: Receiver<T>, deadline: Deadline): Asking | null;
  /**
   * Begins one that others may join.
   *
   * @param ask may be answered at once
   */
  depart(key: string, receiver: Receiver<T>, deadline: Deadline, ask: (flight: Receiver<T>) => Asking): Asking;
}

export interface Deadline {
  /** In milliseconds of the monotonic clock. */
  readonly at: number;
  /** The failure of having waited until then. */
  readonly lateness: () => Error;
}

export function createFlights<T>(): Flights<T> {
  const underWay = new Map<string, Flight<T>>();
  return {
    join: (key, receiver, deadline) => underWay.get(key)?.join(receiver, deadline) ?? null,
    depart(key, receiver, { at }, ask) {
      const flight = new Flight(underWay, key, at);
      underWay.set(key, flight);
      return flight.begin(receiver, ask);
    },
  };
}

/**
 * It lets go of the call and of who waits once it is over: V8 copies a map that lives long each time enough of its keys have
 * changed, and what a copy leads to seems alive for as long as the copy is not collected. That was most of what calls left.
 */
class Flight<T> implements Receiver<T>, Asking {
  readonly #underWay: Map<string, Flight<T>>;
  readonly #key: string;
  readonly #endsAt: number;
  #waiting: Receiver<T>[] = [];
  #gone = 0;
  #asking: Asking | null = null;

  constructor(underWay: Map<string, Flight<T>>, key: string, endsAt: number) {
    this.#underWay = underWay;
    this.#key = key;
    this.#endsAt = endsAt;
  }

  begin(receiver: Receiver<T>, ask: (flight: Receiver<T>) => Asking): this {
    this.#waiting.push(receiver);
    const asking = ask(this);
    // It may be over already.
    if (this.#waiting.length > 0) this.#asking = asking;
    return this;
  }

  join(receiver: Receiver<T>, deadline: Deadline): this {
    this.#waiting.push(this.#endsAt <= deadline.at ? receiver : new Impatient(receiver, deadline));
    return this;
  }

  /** A caller that goes away ends the call only when nobody else waits for it. */
  cancel(): void {
    this.#gone += 1;
    if (this.#gone < this.#waiting.length) return;
    this.#remove();
    this.#asking?.cancel();
  }

  onAnswer(answer: T): void {
    for (const receiver of this.#land()) tell(receiver, answer);
  }

  onFailure(failure: Error): void {
    for (const receiver of this.#land()) receiver.onFailure(failure);
  }

  #land(): readonly Receiver<T>[] {
    this.#remove();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#asking = null;
    return waiting;
  }

  #remove(): void {
    if (this.#underWay.get(this.#key) === this) this.#underWay.delete(this.#key);
  }
}

/** Waits for no longer than its deadline, though the call has longer. */
class Impatient<T> implements Receiver<T>, Expiring {
  #receiver: Receiver<T> | null;
  readonly #lateness: () => Error;
  readonly #deadline: Set<Expiring>;

  constructor(receiver: Receiver<T>, { at, lateness }: Deadline) {
    this.#receiver = receiver;
    this.#lateness = lateness;
    this.#deadline = watchDeadline(this, at);
  }

  onAnswer(answer: T): void {
    this.#settle()?.onAnswer(answer);
  }

  onFailure(failure: Error): void {
    this.#settle()?.onFailure(failure);
  }

  expire(): void {
    this.#settle()?.onFailure(this.#lateness());
  }

  #settle(): Receiver<T> | null {
    const receiver = this.#receiver;
    this.#receiver = null;
    this.#deadline.delete(this);
    return receiver;
  }
}

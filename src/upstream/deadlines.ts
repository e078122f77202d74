/**
 * Deadlines of many calls on one timer. A timer for each call is a cost that every call pays for something that almost never
 * happens; here a call is an entry of the set that its tick will look at.
 */

/** How late a deadline may be noticed, in milliseconds. */
const TICK_MS = 10;

/** Something that ends when its time is up. */
export interface Expiring {
  expire(): void;
}

const sets = new Map<number, Set<Expiring>>();
let ticking: NodeJS.Timeout | null = null;
let lastTick = 0;

/**
 * Has `expire` called at the deadline, or a tick later, unless it is deleted from the returned set before.
 *
 * @param deadline in milliseconds of the monotonic clock
 */
export function watchDeadline(expiring: Expiring, deadline: number): Set<Expiring> {
  if (ticking === null) {
    lastTick = Math.floor(performance.now() / TICK_MS);
    ticking = setInterval(tick, TICK_MS).unref();
  }
  const at = Math.max(Math.ceil(deadline / TICK_MS), lastTick + 1);
  let set = sets.get(at);
  if (set === undefined) {
    set = new Set();
    sets.set(at, set);
  }
  set.add(expiring);
  return set;
}

function tick(): void {
  const now = Math.floor(performance.now() / TICK_MS);
  while (lastTick < now) {
    lastTick += 1;
    const due = sets.get(lastTick);
    sets.delete(lastTick);
    for (const expiring of due ?? []) expiring.expire();
  }
  if (sets.size > 0 || ticking === null) return;
  clearInterval(ticking);
  ticking = null;
}

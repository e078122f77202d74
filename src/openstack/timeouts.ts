/** Timeouts of many calls on one interval. A timer for each call costs every call something that almost never happens. */

/** How late a timeout may fire, in milliseconds. */
const TICK_MS = 10;

export interface TimeoutTarget {
  onTimeout(): void;
}

const targetsByTick = new Map<number, Set<TimeoutTarget>>();
let interval: NodeJS.Timeout | null = null;
let lastTick = 0;

/**
 * Calls `onTimeout` at the deadline or up to a tick later. To cancel it, delete the target from the returned set.
 *
 * @param deadline in milliseconds of the monotonic clock
 */
export function scheduleTimeout(target: TimeoutTarget, deadline: number): Set<TimeoutTarget> {
  if (interval === null) {
    lastTick = Math.floor(performance.now() / TICK_MS);
    interval = setInterval(tick, TICK_MS).unref();
  }
  const due = Math.max(Math.ceil(deadline / TICK_MS), lastTick + 1);
  let targets = targetsByTick.get(due);
  if (targets === undefined) {
    targets = new Set();
    targetsByTick.set(due, targets);
  }
  targets.add(target);
  return targets;
}

function tick(): void {
  const now = Math.floor(performance.now() / TICK_MS);
  while (lastTick < now) {
    lastTick += 1;
    const targets = targetsByTick.get(lastTick);
    targetsByTick.delete(lastTick);
    for (const target of targets ?? []) target.onTimeout();
  }
  if (targetsByTick.size > 0 || interval === null) return;
  clearInterval(interval);
  interval = null;
}

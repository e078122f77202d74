/** Blocks the event loop in slices, between which requests are handled, until it is stopped. */
export function blockEventLoop(sliceMs: number) {
  let isStopped = false;
  const run = async () => {
    while (!isStopped) {
      const end = performance.now() + sliceMs;
      while (performance.now() < end);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const ended = run();
  return {
    async stop() {
      isStopped = true;
      await ended;
    },
  };
}

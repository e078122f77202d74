/** Bounds the memory of responses that their callers do not read. */
import type { ServerResponse } from 'node:http';

/** What all callers together may leave unread, in bytes. Beyond it, the connection that has waited longest is closed. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** What is not counted, in bytes: most responses are smaller, and Node reads no further request while so much is unread. */
const MIN_BYTES = 64 * 1024;

/** @returns what is called when a response has been written */
export function limitUnreadBytes(): (response: ServerResponse) => void {
  /** In the order of time. */
  const unread = new Map<ServerResponse, number>();
  let total = 0;

  return (response) => {
    const bytes = response.writableLength;
    if (bytes < MIN_BYTES) return;
    unread.set(response, bytes);
    total += bytes;
    response.once('close', () => {
      if (unread.delete(response)) total -= bytes;
    });
    for (const [oldest, oldestBytes] of unread) {
      if (total <= MAX_UNREAD_BYTES) return;
      unread.delete(oldest);
      total -= oldestBytes;
      oldest.req.socket.destroy();
    }
  };
}

/** Bounds the memory that slow callers hold: bodies that they have not sent completely, and responses that they do not read. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeldBytes } from '../openstack/held-bytes.ts';

/** What all callers together may leave unsent, and as much unread, in bytes. Beyond it, the oldest connection is closed. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;
/** What is not counted, in bytes: most bodies of requests are smaller. */
const MIN_UNSENT_BYTES = 4 * 1024;
/** As above: most responses are smaller, and Node reads no further request while so much is unread. */
const MIN_UNREAD_BYTES = 64 * 1024;

/** @returns what is called for each request, before its body is read. @param maxBodyBytes counted for a body of unknown length */
export function limitUnsentBytes(maxBodyBytes: number): (request: IncomingMessage) => void {
  const unsent = new HeldBytes<IncomingMessage>(MAX_HELD_BYTES, ({ socket }) => socket.destroy());

  return (request) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    const bytes = coding === undefined ? Math.min(Number(length ?? 0), maxBodyBytes) : maxBodyBytes;
    if (bytes < MIN_UNSENT_BYTES) return;
    unsent.set(request, bytes);
    request.once('close', () => unsent.delete(request));
  };
}

/** @returns what is called when a response has been written */
export function limitUnreadBytes(): (response: ServerResponse) => void {
  const unread = new HeldBytes<ServerResponse>(MAX_HELD_BYTES, ({ req }) => req.socket.destroy());

  return (response) => {
    const bytes = response.writableLength;
    if (bytes < MIN_UNREAD_BYTES) return;
    unread.set(response, bytes);
    response.once('close', () => unread.delete(response));
  };
}

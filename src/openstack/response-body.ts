import { HeldBytes } from './held-bytes.ts';

/** The size of all bodies that are arriving, in bytes. Beyond it, the oldest one is evicted. */
const MAX_ARRIVING_BYTES = 64 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);

const arriving = new HeldBytes<ResponseBody>(MAX_ARRIVING_BYTES, (body) => body.onEvicted());

/**
 * The body of a response while it arrives. Its chunks are copied into one buffer: as a list, a body that arrives byte by byte would take
 * ninety times its size.
 */
export class ResponseBody {
  readonly onEvicted: () => void;
  #buffer: Buffer = EMPTY;
  #length = 0;

  /** @param onEvicted called when too many bytes of other bodies arrive */
  constructor(onEvicted: () => void) {
    this.onEvicted = onEvicted;
  }

  get length(): number {
    return this.#length;
  }

  append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    // Most bodies are one chunk, which is not copied.
    if (this.#length === 0) this.#buffer = chunk;
    else {
      if (length > this.#buffer.length) this.#grow(2 * length);
      chunk.copy(this.#buffer, this.#length);
    }
    this.#length = length;
  }

  #grow(capacity: number): void {
    const buffer = Buffer.allocUnsafe(capacity);
    this.#buffer.copy(buffer, 0, 0, this.#length);
    this.#buffer = buffer;
    arriving.set(this, capacity);
  }

  /** The bytes that have arrived, which are not counted as arriving any more. */
  take(): Buffer {
    arriving.delete(this);
    const body = this.#buffer.subarray(0, this.#length);
    this.#buffer = EMPTY;
    this.#length = 0;
    return body;
  }
}

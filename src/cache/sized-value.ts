/** Values with the bytes that they keep alive, charged to the caches that hold them. */

export interface ByteBudget {
  /** Adds bytes, or takes them away when negative. */
  charge(bytes: number): void;
}

/** A value that any number of callers hold. Each budget is charged once for it. */
export class SizedValue<T> {
  readonly value: T;
  /** The budget of the memo that made the value, while the memo has it. */
  memo: ByteBudget | null = null;
  #bytes: number;
  #holders = 0;
  #cache: ByteBudget | null = null;

  constructor(value: T, bytes: number) {
    this.value = value;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether any cache holds the value. */
  get isHeld(): boolean {
    return this.memo !== null || this.#cache !== null;
  }

  hold(cache: ByteBudget): void {
    this.#holders += 1;
    if (this.#holders > 1) return;
    this.#cache = cache;
    cache.charge(this.#bytes);
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#cache?.charge(-this.#bytes);
    this.#cache = null;
  }

  grow(bytes: number): void {
    this.#bytes += bytes;
    this.memo?.charge(bytes);
    this.#cache?.charge(bytes);
  }
}

/** The JSON of rendered fields that one response may keep. */
const MAX_RENDERED_BYTES = 64 * 1024;
const ENTRY_BYTES = 100;

/** A decoded body, with the JSON of the fields that were rendered from it. */
export class DecodedResponse<T> extends SizedValue<T> {
  #rendered: Map<string, string> | null = null;
  #wasRendered = false;
  #renderedBytes = 0;

  rendered(selection: string): string | undefined {
    return this.#rendered?.get(selection);
  }

  /**
   * Stores the JSON from the second rendering on: many results are rendered once, and what is stored costs time in every garbage collection.
   *
   * @param selection all that the JSON depends on beside the value
   */
  addRendered(selection: string, json: string): void {
    if (!this.isHeld) return;
    if (!this.#wasRendered) {
      this.#wasRendered = true;
      return;
    }
    if (json.length > MAX_RENDERED_BYTES) return;
    const utf8 = Buffer.from(json);
    // V8 stores ASCII in one byte a character.
    const jsonBytes = utf8.length === json.length ? json.length : 2 * json.length;
    const bytes = 2 * selection.length + jsonBytes + ENTRY_BYTES;
    if (bytes > MAX_RENDERED_BYTES) return;
    if (this.#renderedBytes + bytes > MAX_RENDERED_BYTES) this.#clearRendered();
    this.#rendered ??= new Map();
    // V8 builds a string from its parts only when it is read. Here it is read once, not with every response that contains it.
    this.#rendered.set(selection, utf8.toString());
    this.#renderedBytes += bytes;
    this.grow(bytes);
  }

  #clearRendered(): void {
    this.grow(-this.#renderedBytes);
    this.#rendered = null;
    this.#renderedBytes = 0;
  }
}

/** Bounds the bytes that slow peers hold together. Beyond the bound, the one that has held its bytes longest is evicted. */
export class HeldBytes<Holder> {
  readonly #maxBytes: number;
  readonly #evict: (holder: Holder) => void;
  /** In the order of time. */
  readonly #held = new Map<Holder, number>();
  #total = 0;

  /** @param evict called for a holder that is not counted any more */
  constructor(maxBytes: number, evict: (holder: Holder) => void) {
    this.#maxBytes = maxBytes;
    this.#evict = evict;
  }

  /** Counts these bytes of a holder in place of those before. */
  set(holder: Holder, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    this.#held.set(holder, bytes);
    for (const oldest of this.#held.keys()) {
      if (this.#total <= this.#maxBytes) return;
      this.delete(oldest);
      this.#evict(oldest);
    }
  }

  delete(holder: Holder): void {
    this.#total -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}

/**
 * Remembers what can be made again, up to so many bytes, and then begins anew. For what comes often or never: to keep the order of
 * use, as a cache does that lets go of the longest unused, cost more than making again what was forgotten.
 */
export interface Memo<K, V> {
  get(key: K): V | undefined;
  /**
   * @param bytes what it takes, beside what the same key took before
   * @param make the value, from the one that is remembered
   */
  put(key: K, bytes: number, make: (known: V | undefined) => V): void;
}

export function createMemo<K, V>(maxBytes: number): Memo<K, V> {
  const entries = new Map<K, V>();
  let total = 0;
  return {
    get: (key) => entries.get(key),
    put(key, bytes, make) {
      if (bytes > maxBytes) return;
      total += bytes;
      if (total > maxBytes) {
        entries.clear();
        total = bytes;
      }
      entries.set(key, make(entries.get(key)));
    },
  };
}

/** The store of automatic persisted queries, which callers register by their hash. */
import { InMemoryLRUCache, type KeyValueCache } from '@apollo/utils.keyvaluecache';

/** The size in memory, in bytes. The least recently used document is evicted first. */
const MAX_BYTES = 10 * 1024 * 1024;
/** The size of the shortest document, with its key. */
const ENTRY_BYTES = 600;

/** @param shared the store of all gateways, if there is one; it is read for what is not in memory */
export function createPersistedQueries(shared: KeyValueCache | null): KeyValueCache {
  const memory: KeyValueCache = new InMemoryLRUCache<string>({
    maxSize: MAX_BYTES,
    sizeCalculation: (document) => ENTRY_BYTES + 2 * document.length,
  });
  if (shared === null) return memory;
  return {
    async get(key) {
      const known = await memory.get(key);
      if (known !== undefined) return known;
      const document = await shared.get(key);
      if (document !== undefined) await memory.set(key, document);
      return document;
    },
    async set(key, document) {
      await Promise.all([memory.set(key, document), shared.set(key, document)]);
    },
    async delete(key) {
      await Promise.all([memory.delete(key), shared.delete(key)]);
    },
  };
}

/**
 * A cache that several gateways share, in Redis or Valkey: a second level of kept answers, and the persisted queries. It helps
 * where it can and is never waited for: what does not come within a few milliseconds is a miss.
 */
import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';
import { sealFor } from './sealing.ts';

/** What a look into the store came to. */
export type LookResult = 'hit' | 'miss' | 'late' | 'error' | 'rejected';

export interface SharedCacheOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly onLook: (result: LookResult) => void;
  /** Told when it can be reached, and when not any more. */
  readonly onReachable: (isReachable: boolean, cause?: unknown) => void;
}

export interface SharedText {
  readonly text: string;
  /** How long it serves still, in milliseconds. */
  readonly leftMs: number;
}

export interface SharedCache {
  /** What was kept about a subject for this token. */
  find(token: string, subject: string): Promise<SharedText | null>;
  /** Not waited for. */
  keep(token: string, subject: string, text: string, ttlMs: number): void;
  /** For Apollo: documents by their SHA-256, the same for all callers. */
  readonly persistedQueries: {
    get(key: string): Promise<string | undefined>;
    set(key: string, document: string): Promise<void>;
    delete(key: string): Promise<void>;
  };
  close(): void;
}

const LOOK_MS = 5;
const CONNECT_MS = 1000;
const MAX_RECONNECT_PAUSE_MS = 2000;
/** More commands than this do not wait for a slow store. */
const MAX_COMMANDS = 1000;
/** So long without a use, and a persisted query has to be sent once more. */
const PERSISTED_QUERY_SECONDS = 7 * 24 * 3600;

export function createSharedCache({ url, onLook, onReachable }: SharedCacheOptions): SharedCache {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, MAX_RECONNECT_PAUSE_MS),
    },
  });
  let wasReachable: boolean | null = null;
  const noteReachable = (isReachable: boolean, cause?: unknown) => {
    if (wasReachable !== isReachable) onReachable(isReachable, cause);
    wasReachable = isReachable;
  };
  client.on('ready', () => noteReachable(true));
  client.on('error', (cause) => noteReachable(false, cause));
  // Its errors come as events.
  client.connect().catch(() => {});

  async function look<T>(command: () => Promise<T>, read: (reply: T) => LookResult): Promise<T | null> {
    if (!client.isReady) {
      onLook('error');
      return null;
    }
    const [result, reply] = await within(LOOK_MS, command());
    const outcome = result === 'came' ? read(reply) : result;
    onLook(outcome);
    return result === 'came' && outcome === 'hit' ? reply : null;
  }

  const forget = (done: Promise<unknown>) => void done.catch(() => {});

  return {
    async find(token, subject) {
      const seal = sealFor(token);
      const name = seal.nameOf(subject);
      let found: SharedText | null = null;
      await look(
        () => Promise.all([client.get(name), client.pTTL(name)]),
        ([sealed, leftMs]) => {
          if (sealed === null || leftMs <= 0) return 'miss';
          const text = seal.unseal(name, sealed);
          if (text === null) return 'rejected';
          found = { text, leftMs };
          return 'hit';
        },
      );
      return found;
    },
    keep(token, subject, text, ttlMs) {
      if (!client.isReady || ttlMs < 1) return;
      const seal = sealFor(token);
      const name = seal.nameOf(subject);
      forget(client.set(name, seal.seal(name, text), { expiration: { type: 'PX', value: Math.floor(ttlMs) } }));
    },
    persistedQueries: {
      async get(key) {
        const document = await look(
          () => client.getEx(nameOfQuery(key), { type: 'EX', value: PERSISTED_QUERY_SECONDS }),
          (reply) => (reply === null ? 'miss' : isOfHash(reply, key) ? 'hit' : 'rejected'),
        );
        return document ?? undefined;
      },
      async set(key, document) {
        if (!client.isReady) return;
        const expiration = { type: 'EX', value: PERSISTED_QUERY_SECONDS } as const;
        forget(client.set(nameOfQuery(key), document, { expiration }));
      },
      async delete(key) {
        if (client.isReady) forget(client.del(nameOfQuery(key)));
      },
    },
    close: () => client.destroy(),
  };
}

const nameOfQuery = (key: string) => `glance-graphql/query:${key}`;

/** Whoever can write to the store must not choose what callers ask. @param key ends with the hash */
function isOfHash(document: string, key: string): boolean {
  return key.endsWith(createHash('sha256').update(document).digest('hex'));
}

type Outcome<T> = ['came', T] | ['late' | 'error', null];

function within<T>(ms: number, promise: Promise<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(['late', null]), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(['came', value]);
      },
      () => {
        clearTimeout(timer);
        resolve(['error', null]);
      },
    );
  });
}

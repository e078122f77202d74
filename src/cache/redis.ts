/**
 * A cache that several gateways share, in Redis or Valkey: the second tier of cached results, and persisted queries. A lookup that
 * takes longer than `lookupTimeoutMs` is a miss; stores are not waited for.
 */
import { hash } from 'node:crypto';
import { createClient, ErrorReply } from '@redis/client';
import { createEntryCipher, type EntryCipher } from './encryption.ts';
import type { SharedCache } from './glance-calls.ts';

/** `rejected`: the entry was not encrypted with this token, or has another format. */
export type LookupResult = 'hit' | 'miss' | 'timeout' | 'error' | 'rejected';

export interface RedisOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** How long a request waits for a reply. */
  readonly lookupTimeoutMs: number;
  readonly onLookup: (result: LookupResult) => void;
  /** Called when the server becomes reachable or unreachable. */
  readonly onReachable: (isReachable: boolean, cause?: unknown) => void;
  /** Called for each command that the server rejects when it becomes reachable: it may be a replica, or the user may not use it. */
  readonly onRejected: (command: string, cause: unknown) => void;
}

export interface RedisCache extends SharedCache {
  /** For Apollo Server: documents by their SHA-256, the same for all callers. */
  readonly persistedQueries: {
    get(key: string): Promise<string | undefined>;
    set(key: string, document: string): Promise<void>;
    delete(key: string): Promise<void>;
  };
  close(): void;
}

const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 2000;
/** Commands that may wait for a slow server. */
const MAX_COMMANDS = 1000;
/** A persisted query has to be registered again so long after it was registered. */
const PERSISTED_QUERY_SECONDS = 7 * 24 * 3600;

export function createRedisCache(options: RedisOptions): RedisCache {
  const { url, lookupTimeoutMs, onLookup, onReachable, onRejected } = options;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, MAX_RECONNECT_DELAY_MS),
    },
  });
  let wasReachable: boolean | null = null;
  const setReachable = (isReachable: boolean, cause?: unknown) => {
    if (wasReachable !== isReachable) onReachable(isReachable, cause);
    wasReachable = isReachable;
  };
  client.on('ready', () => {
    setReachable(true);
    tryCommands();
  });
  client.on('error', (cause) => setReachable(false, cause));
  ignoreRejection(client.connect());

  /** Redis has these commands since 2.6, and HELLO, which the client sends, since 6.0. */
  function tryCommands(): void {
    const key = 'glance-graphql/check';
    const replies: Record<string, Promise<unknown>> = {
      SET: client.set(key, '', { expiration: { type: 'PX', value: 1000 } }),
      GET: client.get(key),
      PTTL: client.pTTL(key),
      DEL: client.del(key),
    };
    for (const [command, reply] of Object.entries(replies)) {
      // Any other error is one of the connection.
      reply.catch((cause) => cause instanceof ErrorReply && onRejected(command, cause));
    }
  }

  async function lookUp<T>(command: () => Promise<T>, check: (reply: T) => LookupResult): Promise<T | null> {
    if (!client.isReady) {
      onLookup('error');
      return null;
    }
    const [outcome, reply] = await withTimeout(lookupTimeoutMs, command());
    const result = outcome === 'replied' ? check(reply) : outcome;
    onLookup(result);
    return outcome === 'replied' && result === 'hit' ? reply : null;
  }

  return {
    entry(token, subject) {
      // Once for an entry, and never while the server is unreachable: deriving keys takes time.
      let created: EntryCipher | null = null;
      const cipher = () => {
        created ??= createEntryCipher(token, subject);
        return created;
      };
      return {
        async get() {
          let text: string | null = null;
          const reply = await lookUp(
            () => Promise.all([client.get(cipher().key), client.pTTL(cipher().key)]),
            ([encrypted, remainingTtlMs]) => {
              if (encrypted === null || remainingTtlMs <= 0) return 'miss';
              text = cipher().decrypt(encrypted);
              return text === null ? 'rejected' : 'hit';
            },
          );
          return reply === null || text === null ? null : { text, remainingTtlMs: reply[1] };
        },
        set(text, ttlMs) {
          if (!client.isReady || ttlMs < 1) return;
          const expiration = { type: 'PX', value: Math.floor(ttlMs) } as const;
          ignoreRejection(client.set(cipher().key, cipher().encrypt(text), { expiration }));
        },
      };
    },
    persistedQueries: {
      async get(key) {
        // Not GETEX, which Redis has from 6.2 on.
        const document = await lookUp(
          () => client.get(persistedQueryKey(key)),
          (reply) => (reply === null ? 'miss' : hasHash(reply, key) ? 'hit' : 'rejected'),
        );
        return document ?? undefined;
      },
      async set(key, document) {
        if (!client.isReady) return;
        const expiration = { type: 'EX', value: PERSISTED_QUERY_SECONDS } as const;
        ignoreRejection(client.set(persistedQueryKey(key), document, { expiration }));
      },
      async delete(key) {
        if (client.isReady) ignoreRejection(client.del(persistedQueryKey(key)));
      },
    },
    close: () => client.destroy(),
  };
}

const persistedQueryKey = (key: string) => `glance-graphql/query:${key}`;

/** A writer to the server must not choose what callers execute. @param key ends with the hash */
function hasHash(document: string, key: string): boolean {
  return key.endsWith(hash('sha256', document));
}

/** Errors of the connection arrive as events. */
function ignoreRejection(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

type Outcome<T> = ['replied', T] | ['timeout' | 'error', null];

function withTimeout<T>(ms: number, promise: Promise<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    // After a busy event loop, timers fire before replies that have arrived are read.
    const timer = setTimeout(() => setImmediate(() => resolve(['timeout', null])), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(['replied', value]);
      },
      () => {
        clearTimeout(timer);
        resolve(['error', null]);
      },
    );
  });
}

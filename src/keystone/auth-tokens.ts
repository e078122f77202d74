import type { Call } from '../upstream/call.ts';
import { decodeObject, decodeString, type JsonObject, optional, parseJson, WrongShape } from '../upstream/json.ts';
import { type CatalogEndpoint, decodeImageEndpoints } from './catalog.ts';

/** What a token was issued for. */
export type TokenScope = 'PROJECT' | 'DOMAIN' | 'SYSTEM' | 'UNSCOPED' | 'UNKNOWN';

/** What Keystone says of a token. */
export interface TokenFacts {
  readonly scope: TokenScope;
  /** Null but for `PROJECT`. */
  readonly projectId: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Of the Image service; none for an unscoped token, which has no catalog. */
  readonly imageEndpoints: readonly CatalogEndpoint[];
}

/** `GET /v3/auth/tokens` about the token that asks, which Keystone's default policy allows everybody. */
export const authTokens: Call<TokenFacts> = {
  name: 'auth-tokens',
  path: '/v3/auth/tokens',
  read(text) {
    const token = decodeObject(decodeObject(parseJson(text), '$').token, 'token');
    return {
      ...decodeScope(token),
      expiresAt: decodeTime(decodeString(token.expires_at, 'token.expires_at'), 'token.expires_at'),
      imageEndpoints: optional(decodeImageEndpoints, token.catalog, 'token.catalog') ?? [],
    };
  },
};

function decodeScope(token: JsonObject): Pick<TokenFacts, 'scope' | 'projectId'> {
  const project = optional(decodeObject, token.project, 'token.project');
  if (project !== null) return { scope: 'PROJECT', projectId: decodeString(project.id, 'token.project.id') };
  if (token.domain !== undefined) return { scope: 'DOMAIN', projectId: null };
  return { scope: token.system === undefined ? 'UNSCOPED' : 'SYSTEM', projectId: null };
}

function decodeTime(text: string, path: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new WrongShape(path, 'a time');
  return time;
}

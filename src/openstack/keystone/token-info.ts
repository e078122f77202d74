import type { Call } from '../call.ts';
import {
  DecodeError,
  decodeList,
  decodeName,
  decodeObject,
  decodeString,
  type JsonObject,
  type JsonValue,
  optional,
} from '../json.ts';
import { type AccessRule, decodeAccessRules } from './access-rules.ts';
import { decodeImageCatalog, type ImageCatalog, NO_CATALOG } from './catalog.ts';

/** The scope that a token was issued for. */
export type TokenScope = 'PROJECT' | 'DOMAIN' | 'SYSTEM' | 'UNSCOPED' | 'UNKNOWN';

/** Keystone's description of a token. */
export interface TokenInfo {
  readonly scope: TokenScope;
  /** Null unless the scope is `PROJECT`. */
  readonly projectId: string | null;
  /** Null unless the scope is `PROJECT`. */
  readonly projectName: string | null;
  /** The names of the token's roles. Null when they are unknown. */
  readonly roles: readonly string[] | null;
  /** Null when the token may make every request; an empty list allows none. */
  readonly accessRules: readonly AccessRule[] | null;
  /** Milliseconds since 1970; infinite when it is unknown. */
  readonly expiresAt: number;
  /** Empty for an unscoped token, which has no catalog. */
  readonly imageCatalog: ImageCatalog;
}

/** `GET /v3/auth/tokens` with the caller's token as both `X-Auth-Token` and `X-Subject-Token`. Keystone's default policy allows it. */
export const authTokens: Call<TokenInfo> = {
  name: 'authTokens',
  path: '/v3/auth/tokens',
  decode(body) {
    const token = decodeObject(decodeObject(body, '$').token, 'token');
    return {
      ...decodeScope(token),
      roles: (optional(decodeList, token.roles, 'token.roles') ?? []).map(decodeRole),
      accessRules: optional(decodeCredentialRules, token.application_credential, 'token.application_credential'),
      expiresAt: optional(decodeTime, token.expires_at, 'token.expires_at') ?? Number.POSITIVE_INFINITY,
      imageCatalog: optional(decodeImageCatalog, token.catalog, 'token.catalog') ?? NO_CATALOG,
    };
  },
};

function decodeCredentialRules(value: JsonValue, path: string): readonly AccessRule[] | null {
  return optional(decodeAccessRules, decodeObject(value, path).access_rules, `${path}.access_rules`);
}

function decodeScope(token: JsonObject): Pick<TokenInfo, 'scope' | 'projectId' | 'projectName'> {
  const project = optional(decodeObject, token.project, 'token.project');
  if (project !== null) {
    return {
      scope: 'PROJECT',
      projectId: decodeName(project.id, 'token.project.id'),
      projectName: optional(decodeName, project.name, 'token.project.name'),
    };
  }
  const noProject = { projectId: null, projectName: null };
  const isPresent = (key: string) => token[key] !== undefined && token[key] !== null;
  if (isPresent('domain')) return { scope: 'DOMAIN', ...noProject };
  return { scope: isPresent('system') ? 'SYSTEM' : 'UNSCOPED', ...noProject };
}

function decodeRole(role: JsonValue, index: number): string {
  const path = `token.roles[${index}]`;
  return decodeName(decodeObject(role, path).name, `${path}.name`);
}

function decodeTime(value: JsonValue, path: string): number {
  const time = Date.parse(decodeString(value, path));
  if (Number.isNaN(time)) throw new DecodeError(path, 'a time');
  return time;
}

/** The access rules of an application credential: the only requests that its tokens may make. */
import { decodeArray, decodeObject, decodeString, type JsonValue } from '../json.ts';

export interface AccessRule {
  readonly id: string;
  /** A service type, such as `image`. */
  readonly service: string;
  /** An HTTP method. */
  readonly method: string;
  /** A path or a pattern of paths, such as `/v2/images/{image_id}` or `/v2/info/**`. */
  readonly path: string;
}

export function decodeAccessRules(value: JsonValue, path: string): readonly AccessRule[] {
  return decodeArray(value, path).map((element, index) => {
    const at = `${path}[${index}]`;
    const rule = decodeObject(element, at);
    return {
      id: decodeString(rule.id, `${at}.id`),
      service: decodeString(rule.service, `${at}.service`),
      method: decodeString(rule.method, `${at}.method`),
      path: decodeString(rule.path, `${at}.path`),
    };
  });
}

/** A request to a service; with the same spelling as in a rule. */
export type RuledRequest = Omit<AccessRule, 'id'>;

/**
 * Whether the rules allow a request, as keystonemiddleware decides it (`validate_allowed_request` and `_path_matches` in
 * auth_token/__init__.py): a rule names the service type and the method exactly, and its path matches the whole path.
 *
 * @param basePath the path of the service's endpoint. The service sees it unless a proxy removes it, so both forms are tried.
 */
export function allowsRequest(rules: readonly AccessRule[], request: RuledRequest, basePath: string): boolean {
  return rules.some(
    ({ service, method, path }) =>
      service === request.service &&
      method === request.method &&
      (matchesPath(path, request.path) || (basePath !== '' && matchesPath(path, basePath + request.path))),
  );
}

/** `{…}`, `*`, `**`, or a single character. Other braces are ignored. */
const TOKEN = /\{[^}]*\}|\*(?!\*)|\*\*|[^{}*]/g;
/** keystonemiddleware does not escape these: the rule is a regular expression, which is left to the service to evaluate. */
const REGULAR_EXPRESSION = /[+?()[\]|\\^$]/;

function matchesPath(pattern: string, path: string): boolean {
  if (REGULAR_EXPRESSION.test(pattern)) return true;
  // The positions in the path that the pattern so far can end at. Backtracking could take exponential time.
  let ends = new Set([0]);
  for (const token of pattern.match(TOKEN) ?? []) {
    ends = endsAfter(token, ends, path);
    if (ends.size === 0) return false;
  }
  return ends.has(path.length);
}

/** @param starts in ascending order; what the first ones reach, the others need not visit again */
function endsAfter(token: string, starts: ReadonlySet<number>, path: string): Set<number> {
  const ends = new Set<number>();
  for (const start of starts) {
    if (token === '**') {
      for (let end = start; end <= path.length && !ends.has(end); end += 1) ends.add(end);
    } else if (token === '*' || token.startsWith('{')) {
      for (let end = start + 1; path[end - 1] !== '/' && end <= path.length && !ends.has(end); end += 1) ends.add(end);
    } else if (start < path.length && (token === '.' || token === path[start])) {
      ends.add(start + 1);
    }
  }
  return ends;
}

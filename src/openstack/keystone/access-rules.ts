/** The access rules of an application credential: the only requests that its tokens may make. */
import { decodeList, decodeName, decodeObject, type JsonValue } from '../json.ts';

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
  return decodeList(value, path).map((element, index) => {
    const at = `${path}[${index}]`;
    const rule = decodeObject(element, at);
    return {
      id: decodeName(rule.id, `${at}.id`),
      service: decodeName(rule.service, `${at}.service`),
      method: decodeName(rule.method, `${at}.method`),
      path: decodeName(rule.path, `${at}.path`),
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

/** Backtracking could take exponential time; this takes the length of the pattern times that of the path. */
function matchesPath(pattern: string, path: string): boolean {
  if (REGULAR_EXPRESSION.test(pattern)) return true;
  // Whether the pattern so far can end at each position of the path.
  let ends = new Uint8Array(path.length + 1);
  ends[0] = 1;
  for (const token of pattern.match(TOKEN) ?? []) ends = endsAfter(token, ends, path);
  return ends[path.length] === 1;
}

function endsAfter(token: string, starts: Uint8Array, path: string) {
  const ends = new Uint8Array(starts.length);
  const isSegment = token === '*' || token.startsWith('{');
  let isWithin = 0;
  for (let at = 0; at < starts.length; at += 1) {
    const starting = starts[at] ?? 0;
    if (token === '**') {
      isWithin |= starting;
      ends[at] = isWithin;
    } else if (isSegment) {
      isWithin = path[at] === '/' ? 0 : isWithin | starting;
      ends[at + 1] = isWithin;
    } else if (token === '.' || token === path[at]) {
      ends[at + 1] = starting;
    }
  }
  return ends;
}

/** Turns the response of an operation into the result of a tool. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ErrorExtensions } from '../graphql/errors.ts';
import type { JsonSchema } from './json-schema.ts';

/** The body of a GraphQL response. */
export interface GraphqlBody {
  readonly data?: Data | null;
  readonly errors?: readonly GraphqlFieldError[];
}

export type Data = Readonly<Record<string, unknown>>;

interface GraphqlFieldError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Partial<Omit<ErrorExtensions, 'code'>> & { readonly code?: string };
}

export const ERRORS_SCHEMA: JsonSchema = {
  type: 'array',
  description: 'Why fields are null. Empty when every field has its value.',
  items: {
    type: 'object',
    properties: {
      code: { type: 'string' },
      message: { type: 'string' },
      field: { type: 'string', description: 'The path of the field, such as `info.stores`.' },
      advice: { type: 'string' },
      requestId: { type: 'string', description: 'Finds the request in the logs of the gateway and the cloud.' },
      retryable: { type: 'boolean' },
      retryAfterSeconds: { type: 'number' },
    },
    required: ['code', 'message', 'field', 'advice'],
  },
};

/** What an agent can do about an error. */
const ADVICE: Readonly<Record<string, string>> = {
  UNAUTHENTICATED:
    'Ask the user for a new Keystone token, such as from `openstack token issue`, and send it as `X-Auth-Token`. Do not repeat the call without one.',
  FORBIDDEN: "The token's role, scope or access rules do not allow this. `get_access` says which ones it has.",
  NOT_FOUND:
    'This cloud does not offer it. For stores: it has a single store, so images are created without naming one.',
  REGION_NOT_FOUND: 'Call `list_regions` for the regions of this token.',
  RATE_LIMITED: 'Wait before the next call.',
  UPSTREAM_ERROR: 'The cloud failed. Try again once; if it fails again, give the user the request id for the operator.',
  UPSTREAM_UNAVAILABLE: 'The cloud cannot be reached now. Try again in some seconds.',
  UPSTREAM_TIMEOUT: 'The cloud took too long. Try again once.',
};
const OTHER_ADVICE = 'Give the user the message and the request id.';

/** Data with its errors. It is an error of the tool when no field has data. */
export function toToolResult({ data = null, errors = [] }: GraphqlBody, extra: Data = {}): CallToolResult {
  const described = errors.map(describeError);
  if (described.length > 0 && isEmpty(data)) {
    const text = described.map(({ code, field, message, advice, requestId }) =>
      [`${code}${field && ` (${field})`}: ${message} ${advice}`, requestId && `Request id: ${requestId}`]
        .filter(Boolean)
        .join(' '),
    );
    return { isError: true, content: [{ type: 'text', text: text.join('\n') }] };
  }
  const structuredContent = { ...data, ...extra, errors: described };
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

function describeError({ message, path = [], extensions = {} }: GraphqlFieldError) {
  const { code = 'INTERNAL_SERVER_ERROR', requestId, retryable, retryAfter } = extensions;
  return {
    code,
    message,
    field: path.join('.'),
    advice: ADVICE[code] ?? OTHER_ADVICE,
    ...(requestId !== undefined && { requestId }),
    ...(retryable !== undefined && { retryable }),
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  };
}

/** The region is named in the result even when every call failed. */
function isEmpty(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, inner]) => name === 'region' || isEmpty(inner));
}

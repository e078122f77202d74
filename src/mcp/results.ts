/** Turns the response of an operation into the result of a tool. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ErrorExtensions } from '../graphql/errors.ts';
import { type JsonSchema, orNull } from './json-schema.ts';

/** The body of a GraphQL response. */
export interface GraphqlBody {
  readonly data?: Data | null;
  readonly errors?: readonly GraphqlFieldError[];
  readonly extensions?: { readonly stale?: readonly Data[] };
}

export type Data = Readonly<Record<string, unknown>>;

interface GraphqlFieldError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Partial<Omit<ErrorExtensions, 'code'>> & { readonly code?: string };
}

const ERRORS_SCHEMA: JsonSchema = {
  type: 'array',
  description: 'Why fields are null. Empty when every field has its value.',
  items: {
    type: 'object',
    properties: {
      code: { type: 'string' },
      message: { type: 'string' },
      field: { type: 'string', description: 'The path of the field, such as `info.stores`.' },
      advice: { type: 'string', description: 'What to do.' },
      requestId: { type: 'string', description: 'Finds the request in the logs of the gateway and the cloud.' },
      retryable: { type: 'boolean', description: 'Whether the same call can succeed later.' },
      retryAfterSeconds: { type: 'number' },
    },
    required: ['code', 'message', 'field', 'advice'],
  },
};

const STALE_SCHEMA: JsonSchema = {
  type: 'array',
  description: 'Parts of the data that are out of date, because the cloud fails now. Absent when there are none.',
  items: {
    type: 'object',
    properties: {
      call: { type: 'string', description: 'The field, such as `stores`.' },
      region: orNull({ type: 'string' }),
      age: { type: 'integer', description: 'In seconds.' },
    },
    required: ['call', 'region', 'age'],
  },
};

/** What every result has beside the data. */
export const RESULT_PROPERTIES = { errors: ERRORS_SCHEMA, stale: STALE_SCHEMA };

/** What an agent can do about an error that is not retryable. */
const ADVICE: Readonly<Record<string, string>> = {
  UNAUTHENTICATED:
    'The same call fails again. Ask the user to get a new token with `openstack token issue`, and to set it as the header `X-Auth-Token` of this MCP server.',
  FORBIDDEN: 'The role, scope or access rules of the token do not allow this call; `get_access` reports them.',
  NOT_FOUND:
    'This cloud does not have it. Without a list of stores, the cloud has a single store: images are created without naming one.',
  REGION_NOT_FOUND: 'Use one of the regions that `list_regions` reports.',
};
const OTHER_ADVICE = 'Give the user the message and the request id.';

/** Data with its errors. It is an error of the tool when no field has data. */
export function toToolResult({ data = null, errors = [], extensions }: GraphqlBody, extra: Data = {}): CallToolResult {
  const described = errors.map(describeError);
  if (described.length > 0 && isEmpty(data)) {
    const lines = [
      ...described.map(({ code, field, message }) => `${code}${field && ` (${field})`}: ${message}`),
      ...described.map(({ advice }) => advice),
      ...described.flatMap(({ requestId }) => (requestId ? [`Request id: ${requestId}`] : [])),
    ];
    return { isError: true, content: [{ type: 'text', text: [...new Set(lines)].join('\n') }] };
  }
  const { stale } = extensions ?? {};
  const structuredContent = { ...data, ...extra, errors: described, ...(stale && { stale }) };
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

function describeError({ message, path = [], extensions = {} }: GraphqlFieldError) {
  const { code = 'INTERNAL_SERVER_ERROR', requestId, retryable, retryAfter } = extensions;
  return {
    code,
    message,
    field: path.join('.'),
    advice: retryable ? retryAdvice(retryAfter) : (ADVICE[code] ?? OTHER_ADVICE),
    ...(requestId !== undefined && { requestId }),
    ...(retryable !== undefined && { retryable }),
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  };
}

const retryAdvice = (seconds: number | undefined) =>
  `Try again once, after ${seconds ?? 'a few'} seconds. If that fails too, give the user the message and the request id.`;

/** The region is named in the result even when every call failed. */
function isEmpty(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, inner]) => name === 'region' || isEmpty(inner));
}

/** Loads import methods, stores and quotas with `fetch` alone. */
import type { ImageOptionsQuery } from './generated/graphql.js';

/** The error of a field. docs/errors.md lists the codes. */
export interface FieldError {
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly retryable?: boolean; readonly requestId?: string };
}

export interface ImageOptions {
  /** Each part can be null; `errors` has the reason. */
  readonly info: ImageOptionsQuery['info'];
  readonly errors: readonly FieldError[];
}

const QUERY = `query ImageOptions {
  info {
    importMethods { value }
    stores { id default readOnly }
    usage { imageSizeTotal { usage limit remaining unit } }
  }
}`;

/** @throws Error if there is no data at all */
export async function loadImageOptions(url: string, token: string, signal?: AbortSignal): Promise<ImageOptions> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
    body: JSON.stringify({ query: QUERY }),
    ...(signal && { signal }),
  });
  // The rate limit and load shedding respond before GraphQL, with `Retry-After`.
  if (response.status === 429 || response.status === 503) {
    throw new Error(`Try again in ${response.headers.get('retry-after') ?? 1} s`);
  }
  const { data, errors = [] }: { data?: ImageOptionsQuery | null; errors?: FieldError[] } = JSON.parse(
    await response.text(),
  );
  if (!data) throw new Error(errors[0]?.message ?? `HTTP ${response.status}`);
  return { info: data.info, errors };
}

/** The text to show in place of a part that failed. */
export function explain({ message, extensions: { code, retryable, requestId } }: FieldError): string {
  if (code === 'UNAUTHENTICATED') return 'Sign in again.';
  if (code === 'FORBIDDEN') return 'Your role does not allow this.';
  if (code === 'NOT_FOUND') return 'This cloud does not support it.';
  return retryable ? `${message} Try again.` : `${message} Contact the operator and quote ${requestId}.`;
}

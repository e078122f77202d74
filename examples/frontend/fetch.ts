/** What may be done with images, with nothing but `fetch`. */
import type { ImageOptionsQuery } from './generated/graphql.ts';

/** An error of a field; the README lists the codes. */
export interface FieldError {
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly retryable?: boolean; readonly requestId?: string };
}

export interface ImageOptions {
  /** Each part by itself may be null; `errors` tells why. */
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

/** @throws Error when nothing came at all */
export async function loadImageOptions(url: string, token: string, signal?: AbortSignal): Promise<ImageOptions> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
    body: JSON.stringify({ query: QUERY }),
    ...(signal && { signal }),
  });
  // 429 and 503 come before GraphQL, with `Retry-After`.
  if (response.status === 429 || response.status === 503) {
    throw new Error(`Try again in ${response.headers.get('retry-after') ?? 1} s`);
  }
  const { data, errors = [] }: { data?: ImageOptionsQuery | null; errors?: FieldError[] } = JSON.parse(
    await response.text(),
  );
  if (!data) throw new Error(errors[0]?.message ?? `HTTP ${response.status}`);
  return { info: data.info, errors };
}

/** What to tell a person about a part that is missing. */
export function explain({ message, extensions: { code, retryable, requestId } }: FieldError): string {
  if (code === 'UNAUTHENTICATED') return 'Sign in again.';
  if (code === 'FORBIDDEN') return 'Your role does not allow this.';
  if (code === 'NOT_FOUND') return 'This cloud does not offer it.';
  return retryable ? `${message} Try again.` : `${message} Tell the operator: ${requestId}`;
}

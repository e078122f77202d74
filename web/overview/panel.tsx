/** One panel of the overview: its heading, its loading and error states, and its data. */
import type { ReactNode } from 'react';
import { type AnyVariables, type CombinedError, stringifyDocument, type TypedDocumentNode, useQuery } from 'urql';

export interface PanelProps<Data, Variables extends AnyVariables, Content> {
  readonly title: string;
  readonly query: TypedDocumentNode<Data, Variables>;
  readonly variables: Variables;
  /** Selects the content from the response; null or undefined when the field failed. */
  readonly select: (data: Data) => Content | null | undefined;
  /** Messages for error codes, where this panel has better ones than `MESSAGES`. */
  readonly messages?: Readonly<Record<string, string>>;
  /** Whether the panel spans two columns. */
  readonly isWide?: boolean;
  readonly children: (content: Content) => ReactNode;
}

export function Panel<Data, Variables extends AnyVariables, Content>(props: PanelProps<Data, Variables, Content>) {
  const { title, query, variables, select, messages = {}, isWide = false, children } = props;
  const [{ fetching, data, error }, refetch] = useQuery({ query, variables });
  const id = `panel-${title.toLowerCase().replaceAll(' ', '-')}`;
  const content = data && select(data);
  return (
    <section aria-labelledby={id} aria-busy={fetching} className={isWide ? 'wide' : undefined}>
      <header>
        <h2 id={id}>{title}</h2>
        <a href={graphiqlUrl(query, variables)}>
          Open in GraphiQL<span className="hidden">: {title}</span>
        </a>
      </header>
      {fetching ? (
        <p className="loading" role="status">
          Loading …
        </p>
      ) : content !== null && content !== undefined ? (
        children(content)
      ) : (
        <ErrorMessage error={error} messages={messages} retry={() => refetch({ requestPolicy: 'network-only' })} />
      )}
    </section>
  );
}

function graphiqlUrl<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): string {
  const search = new URLSearchParams({
    query: stringifyDocument(query),
    variables: JSON.stringify(variables, null, 2),
  });
  return `/graphiql?${search}`;
}

const MESSAGES: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'The token is missing, invalid or expired. Enter another one above.',
  FORBIDDEN: 'This requires a token with another role.',
  NOT_FOUND: 'This cloud does not offer it.',
  RATE_LIMITED: 'Too many requests. Try again in a moment.',
  UPSTREAM_UNAVAILABLE: 'The Image service of this region can’t be reached. Other regions may work.',
  UPSTREAM_TIMEOUT: 'The Image service took too long to respond.',
  UPSTREAM_ERROR: 'The Image service failed. The cloud’s operator finds the cause by the request id.',
  UPSTREAM_INVALID_RESPONSE:
    'The endpoint does not respond as an Image service. The gateway’s operator should check its configuration.',
  REGION_NOT_FOUND: 'The token has no access to this region.',
};
/** Codes that describe the cloud or the token; nothing has failed, and trying again does not help. */
const NOT_FAILURES = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND']);

interface ErrorMessageProps {
  readonly error: CombinedError | undefined;
  readonly messages: Readonly<Record<string, string>>;
  readonly retry: () => void;
}

function ErrorMessage({ error, messages, retry }: ErrorMessageProps) {
  const [first] = error?.graphQLErrors ?? [];
  const code = String(first?.extensions.code ?? '');
  const isFailure = !NOT_FAILURES.has(code);
  const detail = first?.message ?? 'The gateway can’t be reached.';
  return (
    <div className={isFailure ? 'failure' : 'note'} role={isFailure ? 'alert' : 'note'}>
      <p>{messages[code] ?? MESSAGES[code] ?? 'Try again. If it still fails, contact the gateway’s operator.'}</p>
      <p className="detail">
        “{detail}” {code !== '' && <code>{code}</code>}
        {first?.extensions.requestId !== undefined && (
          <>
            {' '}
            <code className="id">{String(first.extensions.requestId)}</code>
          </>
        )}
      </p>
      {isFailure && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** One part of the overview: its heading, its state, and what to do about it. */
import type { ReactNode } from 'react';
import { type AnyVariables, type CombinedError, stringifyDocument, type TypedDocumentNode, useQuery } from 'urql';

export interface PartProps<Data, Variables extends AnyVariables, Shown> {
  readonly title: string;
  readonly query: TypedDocumentNode<Data, Variables>;
  readonly variables: Variables;
  /** What there is to show; null or undefined when the part came without it. */
  readonly pick: (data: Data) => Shown | null | undefined;
  /** What a code means for this part, beyond what it means for all. */
  readonly reasons?: Readonly<Record<string, string>>;
  /** Whether it has much to show side by side. */
  readonly isWide?: boolean;
  readonly children: (shown: Shown) => ReactNode;
}

export function Part<Data, Variables extends AnyVariables, Shown>(props: PartProps<Data, Variables, Shown>) {
  const { title, query, variables, pick, reasons = {}, isWide = false, children } = props;
  const [{ fetching, data, error }, ask] = useQuery({ query, variables });
  const id = `part-${title.toLowerCase().replaceAll(' ', '-')}`;
  const shown = data && pick(data);
  return (
    <section aria-labelledby={id} aria-busy={fetching} className={isWide ? 'wide' : undefined}>
      <header>
        <h2 id={id}>{title}</h2>
        <a href={graphiqlWith(query, variables)}>
          Open in GraphiQL<span className="hidden">: {title}</span>
        </a>
      </header>
      {fetching ? (
        <p className="loading" role="status">
          Asking …
        </p>
      ) : shown !== null && shown !== undefined ? (
        children(shown)
      ) : (
        <Problem error={error} reasons={reasons} retry={() => ask({ requestPolicy: 'network-only' })} />
      )}
    </section>
  );
}

function graphiqlWith<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): string {
  const search = new URLSearchParams({
    query: stringifyDocument(query),
    variables: JSON.stringify(variables, null, 2),
  });
  return `/graphiql?${search}`;
}

const REASONS: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'The token is missing, wrong or expired. Enter another one above.',
  FORBIDDEN: 'This needs a token with another role.',
  NOT_FOUND: 'This cloud does not offer it.',
  RATE_LIMITED: 'The cloud is asked too often. Try again in a moment.',
  UPSTREAM_UNAVAILABLE: 'The Image service of this region can’t be reached. Others may be.',
  UPSTREAM_TIMEOUT: 'The Image service took too long.',
  UPSTREAM_ERROR: 'The Image service failed. The cloud’s operator finds the cause by the request id.',
  UPSTREAM_INVALID_RESPONSE:
    'What answers there is no Image service. The gateway’s operator should look at its configuration.',
  REGION_NOT_FOUND: 'The token does not open this region.',
};
const REFUSALS = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND']);

interface ProblemProps {
  readonly error: CombinedError | undefined;
  readonly reasons: Readonly<Record<string, string>>;
  readonly retry: () => void;
}

function Problem({ error, reasons, retry }: ProblemProps) {
  const [first] = error?.graphQLErrors ?? [];
  const code = String(first?.extensions.code ?? '');
  const isRefused = REFUSALS.has(code);
  const says = first?.message ?? 'The gateway can’t be reached.';
  return (
    <div className={isRefused ? 'refused' : 'failed'} role={isRefused ? 'note' : 'alert'}>
      <p>{reasons[code] ?? REASONS[code] ?? 'Try again; if it stays so, ask the gateway’s operator.'}</p>
      <p className="says">
        “{says}” {code !== '' && <code>{code}</code>}
        {first?.extensions.requestId !== undefined && (
          <>
            {' '}
            <code className="id">{String(first.extensions.requestId)}</code>
          </>
        )}
      </p>
      {!isRefused && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A part of a region: its heading, links to the query behind it, and its state. */
import type { ReactNode } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import type { Part } from './parts.ts';
import { Problem, StaleNotice } from './problem.tsx';

export interface PanelProps<T> {
  readonly title: string;
  /** The region, which several panels of the same title differ in. */
  readonly region: string | null;
  /** The query behind the panel. */
  readonly query: { toString(): string };
  readonly part: Part<T>;
  /** Explanations of codes, where the panel has better ones. */
  readonly messages?: Readonly<Record<string, string>>;
  readonly skeleton: ReactNode;
  readonly className?: string;
  readonly onRetry: () => void;
  readonly children: (value: T) => ReactNode;
}

export function Panel<T>(props: PanelProps<T>) {
  const { title, region, query, part, className = '', children } = props;
  const id = `${title}-${region}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const isLoading = part.status === 'loading';
  return (
    // Beside another region, its panels differ by the region's name.
    <section
      aria-labelledby={region === null ? id : `${id} region-${region}`}
      aria-busy={isLoading}
      className={`panel ${className}`}
    >
      <header className="panel-header">
        <h3 id={id}>{title}</h3>
        <Source title={title} query={String(query).trim()} region={region} />
      </header>
      {part.status === 'ready' && part.staleBecause !== null && (
        <StaleNotice error={part.staleBecause} receivedAt={part.receivedAt} />
      )}
      {isLoading && props.skeleton}
      {part.status === 'ready' && children(part.value)}
      {part.status === 'failed' && <Failure {...props} error={part.error} />}
    </section>
  );
}

function Failure<T>({ error, messages, onRetry }: PanelProps<T> & Pick<Parameters<typeof Problem>[0], 'error'>) {
  const message = messages?.[error.extensions.code];
  return (
    <Problem error={error} onRetry={onRetry}>
      {message && <p>{message}</p>}
    </Problem>
  );
}

interface SourceProps {
  readonly title: string;
  readonly query: string;
  readonly region: string | null;
}

/** How to make the panel's request elsewhere. */
function Source({ title, query, region }: SourceProps) {
  const variables = region === null ? {} : { region };
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables, null, 2) });
  return (
    <p className="source">
      <a href={`graphiql?${search}`}>
        <span className="long">
          Open <span className="hidden">{title} </span>in{' '}
        </span>
        GraphiQL
      </a>
      <CopyButton text={() => curlCommand(query, variables)}>
        <span className="long">
          Copy <span className="hidden">{title} </span>as{' '}
        </span>
        curl
      </CopyButton>
    </p>
  );
}

/** The token is left to a variable of the shell: a command is kept in its history. */
function curlCommand(query: string, variables: object): string {
  const url = new URL('graphql', document.baseURI);
  const body = JSON.stringify({ query: query.replaceAll(/\s+/g, ' '), variables });
  return [
    `curl -s '${url}'`,
    `-H 'Content-Type: application/json'`,
    `-H "X-Auth-Token: $OS_TOKEN"`,
    `-d '${body.replaceAll("'", "'\\''")}'`,
  ].join(' \\\n  ');
}

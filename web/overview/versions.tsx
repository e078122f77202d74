import type { Parts } from './parts.ts';
import { Problem } from './problem.tsx';

export interface VersionsLineProps {
  readonly part: Parts['versions'];
  readonly onRetry: () => void;
}

/** One line, such as "Image API v2.18, since v2.0", that opens to all versions. */
export function VersionsLine({ part, onRetry }: VersionsLineProps) {
  if (part.status === 'loading')
    return (
      <p className="versions">
        <span className="skeleton-text">Image API …</span>
      </p>
    );
  if (part.status === 'failed') return <Problem error={part.error} onRetry={onRetry} />;
  const sorted = [...part.value].sort((a, b) => numberOf(a.id) - numberOf(b.id));
  const [oldest, newest] = [sorted[0], sorted.at(-1)];
  if (oldest === undefined || newest === undefined) return <p className="versions">Glance lists no API versions.</p>;
  return (
    <details className="versions">
      <summary>
        Image API <strong>{newest.id}</strong>
        {oldest !== newest && `, since ${oldest.id}`}
      </summary>
      <ul aria-label="API versions">
        {sorted.map(({ id, status }) => (
          <li key={id} className={status === 'CURRENT' ? 'tag strong' : 'tag'}>
            {id} {status.toLowerCase()}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** For sorting: `v2.9` is before `v2.10`. */
function numberOf(id: string): number {
  const [, major = 0, minor = 0] = /(\d+)\.?(\d*)/.exec(id) ?? [];
  return Number(major) * 1000 + Number(minor);
}

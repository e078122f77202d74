/** One region: its parts, or the one reason that none can be shown. */
import { useReducer } from 'react';
import { formatAge, useNow } from '../shared/time.ts';
import { ImportMethodsPanel } from './import-methods.tsx';
import { commonCause, mayShareCause, oldestResult, type Part, type Parts, useParts } from './parts.ts';
import { Problem } from './problem.tsx';
import { StoresPanel } from './stores.tsx';
import { UnauthenticatedProblem } from './unauthenticated.tsx';
import { UploadPanel } from './upload.tsx';
import { UsagePanel } from './usage.tsx';
import { VersionsLine } from './versions.tsx';

export interface RegionViewProps {
  readonly id: string;
  readonly size: string;
  readonly onSize: (size: string) => void;
  /** Null when it is the only region that is shown. */
  readonly onRemove: (() => void) | null;
}

export function RegionView({ id, size, onSize, onRemove }: RegionViewProps) {
  const [refreshes, refresh] = useReducer((count: number) => count + 1, 0);
  const parts = useParts(id, refreshes);
  const cause = commonCause(parts);
  const headingId = `region-${id}`;
  return (
    <article className="region" aria-labelledby={headingId}>
      <header>
        <h2 id={headingId}>{id}</h2>
        {(cause === null || parts.versions.status === 'ready') && (
          <VersionsLine part={parts.versions} onRetry={refresh} />
        )}
        <Freshness receivedAt={oldestResult(parts)} region={id} onRefresh={refresh} />
        {onRemove !== null && (
          <button type="button" className="quiet" onClick={onRemove}>
            Remove<span className="hidden"> {id} from the comparison</span>
          </button>
        )}
      </header>
      <p role="status" className="hidden">
        {announcement(id, parts)}
      </p>
      {cause === null ? (
        <RegionParts
          id={id}
          parts={mayShareCause(parts) ? withoutFailures(parts) : parts}
          onRetry={refresh}
          {...{ size, onSize }}
        />
      ) : cause.extensions.code === 'UNAUTHENTICATED' ? (
        <UnauthenticatedProblem error={cause} />
      ) : (
        <Problem error={cause} title={`Nothing is known about ${id}`} onRetry={refresh} />
      )}
    </article>
  );
}

interface RegionPartsProps extends Pick<RegionViewProps, 'id' | 'size' | 'onSize'> {
  readonly parts: Parts;
  readonly onRetry: () => void;
}

function RegionParts({ id, parts, size, onSize, onRetry }: RegionPartsProps) {
  const shared = { region: id, onRetry };
  return (
    <div className="panels">
      <UsagePanel part={parts.usage} {...shared} />
      <UploadPanel region={id} parts={parts} size={size} onSize={onSize} />
      <StoresPanel part={parts.stores} detail={parts.storesDetail} {...shared} />
      <ImportMethodsPanel part={parts.importMethods} {...shared} />
    </div>
  );
}

/** While one cause may explain every failure, none is shown. */
function withoutFailures(parts: Parts): Parts {
  const hide = <T,>(part: Part<T>): Part<T> => (part.status === 'failed' ? { status: 'loading' } : part);
  return {
    usage: hide(parts.usage),
    stores: hide(parts.stores),
    storesDetail: hide(parts.storesDetail),
    importMethods: hide(parts.importMethods),
    versions: parts.versions,
  };
}

/** For screen readers, once: what has loaded. */
function announcement(id: string, { usage, stores, importMethods }: Parts): string {
  const states = [usage, stores, importMethods].map(({ status }) => status);
  if (states.includes('loading')) return '';
  return states.every((status) => status === 'failed') ? `${id} can’t be shown` : `${id} is loaded`;
}

interface FreshnessProps {
  readonly receivedAt: number | null;
  readonly region: string;
  readonly onRefresh: () => void;
}

function Freshness({ receivedAt, region, onRefresh }: FreshnessProps) {
  const now = useNow(5000);
  return (
    <p className="freshness">
      <span>{receivedAt !== null && `Updated ${formatAge(now - receivedAt)}`}</span>
      <button type="button" className="quiet" onClick={onRefresh}>
        Refresh<span className="hidden"> {region}</span>
      </button>
    </p>
  );
}

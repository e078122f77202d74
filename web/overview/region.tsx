/** One region: its parts, or the one reason that none can be shown. */
import { useReducer } from 'react';
import { formatAge, useNow } from '../shared/time.ts';
import { Breakable } from './breakable.tsx';
import { ImportMethodsPanel } from './import-methods.tsx';
import { commonCause, mayShareCause, oldestResult, type Part, type Parts, staleCause, useParts } from './parts.ts';
import { Problem, StaleNotice } from './problem.tsx';
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
      <header className="region-header">
        <h2 id={headingId}>
          <Breakable text={id} />
        </h2>
        {(cause === null || parts.versions.status === 'ready') && (
          <VersionsLine part={parts.versions} onRetry={refresh} />
        )}
        <p className="region-actions">
          <Freshness parts={parts} region={id} onRefresh={refresh} />
          {onRemove !== null && (
            <button type="button" className="quiet" onClick={onRemove}>
              Remove<span className="hidden"> {id} from the comparison</span>
            </button>
          )}
        </p>
      </header>
      <p role="status" className="hidden">
        {announcement(id, parts, refreshes > 0)}
      </p>
      {cause === null ? (
        <RegionParts id={id} parts={parts} onRetry={refresh} {...{ size, onSize }} />
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
  const stale = staleCause(parts);
  const { usage, stores, storesDetail, importMethods } = mapParts(
    parts,
    stale === null ? (mayShareCause(parts) ? withoutFailure : (part) => part) : withoutNotice,
  );
  const shared = { region: id, onRetry };
  return (
    <>
      {stale !== null && <StaleNotice error={stale} receivedAt={oldestResult(parts) ?? 0} />}
      <div className="panels">
        <UsagePanel part={usage} {...shared} />
        <UploadPanel region={id} parts={{ usage, stores }} size={size} onSize={onSize} />
        <StoresPanel part={stores} detail={storesDetail} {...shared} />
        <ImportMethodsPanel part={importMethods} {...shared} />
      </div>
    </>
  );
}

type Change = <T>(part: Part<T>) => Part<T>;

function mapParts({ usage, stores, storesDetail, importMethods }: Parts, change: Change): Omit<Parts, 'versions'> {
  return {
    usage: change(usage),
    stores: change(stores),
    storesDetail: change(storesDetail),
    importMethods: change(importMethods),
  };
}

/** While one cause may explain every failure, none is shown. */
const withoutFailure: Change = (part) => (part.status === 'failed' ? { status: 'loading' } : part);

/** The region has one notice for all of its parts. */
const withoutNotice: Change = (part) => (part.status === 'ready' ? { ...part, staleBecause: null } : part);

const isUnderWay = (part: Part<unknown>) => part.status === 'loading' || (part.status === 'ready' && part.isRefreshing);

/** For screen readers, once: what has loaded. */
function announcement(id: string, parts: Parts, isRefresh: boolean): string {
  const { usage, stores, importMethods } = parts;
  const states: readonly Part<unknown>[] = [usage, stores, importMethods];
  if (states.some(isUnderWay)) return '';
  if (states.every(({ status }) => status === 'failed')) return `${id} can’t be shown`;
  if (staleCause(parts) !== null) return `${id} can’t be refreshed`;
  return `${id} is ${isRefresh ? 'refreshed' : 'loaded'}`;
}

interface FreshnessProps {
  readonly parts: Parts;
  readonly region: string;
  readonly onRefresh: () => void;
}

function Freshness({ parts, region, onRefresh }: FreshnessProps) {
  const now = useNow(5000);
  const receivedAt = oldestResult(parts);
  const isRefreshing = Object.values(parts).some((part: Part<unknown>) => part.status === 'ready' && part.isRefreshing);
  return (
    <>
      <span>{receivedAt !== null && `Updated ${formatAge(now - receivedAt)}`}</span>
      <button
        type="button"
        className="quiet"
        aria-disabled={isRefreshing}
        onClick={isRefreshing ? undefined : onRefresh}
      >
        {isRefreshing ? 'Refreshing …' : 'Refresh'}
        <span className="hidden"> {region}</span>
      </button>
    </>
  );
}

/** Placeholders of the size of what is loading, so that nothing moves when it arrives. */
import type { ReactNode } from 'react';

export interface SkeletonProps {
  readonly rows: number;
  /** The class of what it stands for. */
  readonly className: string;
}

function Skeleton({ rows, className }: SkeletonProps) {
  return (
    <div className={`skeleton ${className}`}>
      <p className="hidden">Loading …</p>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity
        <div key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

export const QUOTAS_SKELETON = <Skeleton rows={4} className="quotas" />;
export const STORES_SKELETON = <Skeleton rows={7} className="stores" />;
export const METHODS_SKELETON = <Skeleton rows={4} className="methods" />;

/** A region's panels before the regions are known. */
export function RegionSkeleton() {
  return (
    <>
      <p className="region-controls" aria-hidden="true" />
      <div className="regions" aria-hidden="true">
        <div className="region">
          <div className="region-header">
            <span className="skeleton-text">RegionOne</span>
          </div>
          <div className="panels">
            <PanelSkeleton title="Quotas">{QUOTAS_SKELETON}</PanelSkeleton>
            <PanelSkeleton title="What can I upload here?" />
            <PanelSkeleton title="Stores">{STORES_SKELETON}</PanelSkeleton>
            <PanelSkeleton title="Import methods">{METHODS_SKELETON}</PanelSkeleton>
          </div>
        </div>
      </div>
    </>
  );
}

function PanelSkeleton({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="panel">
      <div className="panel-header">
        <h3>{title}</h3>
      </div>
      {children}
    </div>
  );
}

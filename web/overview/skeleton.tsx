/** Placeholders of the size of what is loading, so that nothing moves when it arrives. */
export interface SkeletonProps {
  readonly rows: number;
  /** The class of what it stands for. */
  readonly className: string;
}

export function Skeleton({ rows, className }: SkeletonProps) {
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

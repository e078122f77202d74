/** Chooses the region, and regions to compare it with. */
import { useId } from 'react';

export interface RegionControlsProps {
  /** Those that the token gives access to. */
  readonly known: readonly string[];
  readonly shown: readonly string[];
  readonly onChange: (shown: readonly string[]) => void;
}

export function RegionControls({ known, shown, onChange }: RegionControlsProps) {
  const id = useId();
  const [first = '', ...compared] = shown;
  const others = known.filter((region) => !shown.includes(region));
  return (
    <p className="region-controls">
      <label htmlFor={id}>Region</label>
      <select
        id={id}
        value={first}
        onChange={({ target }) => onChange([target.value, ...compared.filter((region) => region !== target.value)])}
      >
        {[...new Set([...known, first])].map((region) => (
          <option key={region}>{region}</option>
        ))}
      </select>
      {others.length > 0 && (
        <select
          aria-label="Compare with another region"
          value=""
          onChange={({ target }) => onChange([...shown, target.value])}
        >
          <option value="" disabled>
            Compare with
          </option>
          {others.map((region) => (
            <option key={region}>{region}</option>
          ))}
        </select>
      )}
    </p>
  );
}

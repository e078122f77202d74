/** "What can I upload here?": a size against the quotas and the stores. */
import { useId } from 'react';
import { formatAmount, parseSize } from './amounts.ts';
import type { Parts } from './parts.ts';
import { checkQuotas, writableStores } from './upload-fit.ts';

export interface UploadPanelProps {
  readonly region: string;
  readonly parts: Pick<Parts, 'usage' | 'stores'>;
  /** As entered. */
  readonly size: string;
  readonly onSize: (size: string) => void;
}

export function UploadPanel({ region, parts, size, onSize }: UploadPanelProps) {
  const id = useId();
  const mib = parseSize(size);
  const isInvalid = size.trim() !== '' && mib === null;
  return (
    <section aria-labelledby={`${id}-title region-${region}`} className="panel upload">
      <header>
        <h3 id={`${id}-title`}>What can I upload here?</h3>
      </header>
      <p className="size-field">
        <label htmlFor={`${id}-size`}>Image size</label>
        <input
          id={`${id}-size`}
          inputMode="decimal"
          autoComplete="off"
          placeholder="10 GiB"
          value={size}
          onChange={({ target }) => onSize(target.value)}
          aria-invalid={isInvalid}
          aria-describedby={`${id}-hint`}
        />
        <span id={`${id}-hint`} className="hint">
          {isInvalid ? 'Enter a size such as 700 MiB or 1.5 TiB.' : 'MiB, GiB or TiB; GiB if left out'}
        </span>
      </p>
      <div role="status" className="answer">
        {mib === null ? (
          <p className="empty">Enter a size to see whether it fits the quotas, and which stores take it.</p>
        ) : (
          <Answer mib={mib} parts={parts} />
        )}
      </div>
    </section>
  );
}

function Answer({
  mib,
  parts: { usage, stores },
}: {
  readonly mib: number;
  readonly parts: UploadPanelProps['parts'];
}) {
  if (usage.status === 'loading') return <p className="empty">Waiting for the quotas …</p>;
  const quotas = usage.status === 'ready' ? usage.value.quotas : [];
  const checks = checkQuotas(mib, quotas);
  const fits = checks.every(({ isOk }) => isOk);
  const size = formatAmount(mib, 'MEBIBYTES');
  return (
    <>
      <p className={fits ? 'verdict' : 'verdict no'}>
        {usage.status === 'failed'
          ? 'The quotas are unknown.'
          : fits
            ? `Yes, ${size} fits.`
            : `No, ${size} does not fit.`}
      </p>
      <ul>
        {checks.map(({ isOk, text }) => (
          <li key={text} className={isOk ? 'ok' : 'no'}>
            {text}
          </li>
        ))}
        {usage.status === 'ready' && checks.length === 0 && <li className="ok">No quota limits it.</li>}
        <Takers stores={stores} />
      </ul>
    </>
  );
}

function Takers({ stores }: { readonly stores: Parts['stores'] }) {
  if (stores.status === 'loading') return null;
  if (stores.status === 'failed') {
    const isSingle = stores.error.extensions.code === 'NOT_FOUND';
    return (
      <li className={isSingle ? 'ok' : undefined}>
        {isSingle ? 'It goes to the only store.' : 'The stores are unknown.'}
      </li>
    );
  }
  const takers = writableStores(stores.value);
  if (takers.length === 0) return <li className="no">No store takes images: all are read-only.</li>;
  return (
    <li className="ok">
      Stores that take it: {takers.map(({ id, default: isDefault }) => (isDefault ? `${id} (default)` : id)).join(', ')}
      .{takers.length > 1 && ' It counts once for each store that it is in.'}
    </li>
  );
}

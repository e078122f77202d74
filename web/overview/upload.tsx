/** "What can I upload here?": a size against the quotas and the stores. */
import { useId } from 'react';
import { formatAmount, formatEntered, parseSize } from './amounts.ts';
import type { Parts } from './parts.ts';
import { checkQuotas, hasQuotas, largestFit, writableStores } from './upload-fit.ts';

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
      <header className="panel-header">
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
          {isInvalid ? 'Enter a size such as 700 MiB or 4.2 GB.' : 'Such as 700 MiB or 4.2 GB; GiB without a unit'}
        </span>
      </p>
      {/* The result for an entered size is announced. The one without a size is not. */}
      <div className="answer">
        <div role="status">{mib !== null && <Answer entered={size} mib={mib} parts={parts} />}</div>
        {mib === null && <Answer entered="" mib={null} parts={parts} />}
      </div>
    </section>
  );
}

interface AnswerProps {
  readonly entered: string;
  /** Null without a size. */
  readonly mib: number | null;
  readonly parts: UploadPanelProps['parts'];
}

function Answer({ entered, mib, parts: { usage, stores } }: AnswerProps) {
  if (usage.status === 'loading') return <p className="empty">Waiting for the quotas …</p>;
  const isKnown = usage.status === 'ready' && hasQuotas(usage.value.scope);
  const quotas = isKnown ? usage.value.quotas : [];
  const checks = checkQuotas(mib ?? 0, quotas);
  const isTaken = stores.status !== 'ready' || writableStores(stores.value).length > 0;
  const fits = isTaken && checks.every(({ isOk }) => isOk);
  return (
    <>
      <p className={`verdict ${fits ? (isKnown ? '' : 'unknown') : 'no'}`}>
        {isKnown || !fits ? verdict(entered, mib, fits, largestFit(quotas)) : 'The quotas are unknown.'}
      </p>
      <ul>
        {(mib === null ? checks.filter(({ isOk }) => !isOk) : checks).map(({ isOk, text }) => (
          <li key={text} className={isOk ? 'ok' : 'no'}>
            {text}
          </li>
        ))}
        {isKnown && mib !== null && checks.length === 0 && <li className="ok">No quota limits it.</li>}
        <Takers stores={stores} />
      </ul>
    </>
  );
}

function verdict(entered: string, mib: number | null, fits: boolean, largest: number | null): string {
  if (mib !== null) {
    const size = formatEntered(entered, mib);
    return fits ? `Yes, ${size} fits.` : `No, ${size} does not fit.`;
  }
  if (!fits || largest === 0) return 'Nothing at the moment.';
  return largest === null ? 'Images of any size.' : `Images of up to ${formatAmount(largest, 'MEBIBYTES')}.`;
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
  if (takers.length === 0) {
    const isEmpty = stores.value.length === 0;
    return <li className="no">{isEmpty ? 'There is no store.' : 'No store takes images: all are read-only.'}</li>;
  }
  return (
    <li className="ok">
      Stores that take it: {takers.map(({ id, default: isDefault }) => (isDefault ? `${id} (default)` : id)).join(', ')}
      .{takers.length > 1 && ' It counts once for each store that it is in.'}
    </li>
  );
}

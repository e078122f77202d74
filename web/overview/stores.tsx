/** The stores as one table; a row opens to the settings of its store. */
import { useState } from 'react';
import type { GatewayError } from '../shared/gateway.ts';
import { Breakable } from './breakable.tsx';
import { Panel } from './panel.tsx';
import { type Parts, STORES } from './parts.ts';
import { Problem } from './problem.tsx';
import { STORES_SKELETON } from './skeleton.tsx';
import { StoreSettings } from './store-settings.tsx';

type Store = Extract<Parts['stores'], { status: 'ready' }>['value'][number];
type Detail = Extract<Parts['storesDetail'], { status: 'ready' }>['value'][number];

export interface StoresPanelProps {
  readonly part: Parts['stores'];
  readonly detail: Parts['storesDetail'];
  readonly region: string | null;
  readonly onRetry: () => void;
}

export function StoresPanel({ part, detail, region, onRetry }: StoresPanelProps) {
  const isSingle = part.status === 'failed' && part.error.extensions.code === 'NOT_FOUND';
  return (
    <Panel<readonly Store[] | null>
      title="Stores"
      query={STORES}
      part={isSingle ? { status: 'ready', value: null, receivedAt: 0, isRefreshing: false, staleBecause: null } : part}
      region={region}
      onRetry={onRetry}
      className="stores-panel"
      skeleton={STORES_SKELETON}
    >
      {(stores) => {
        if (stores === null)
          return <p className="empty">This cloud has a single store, so there is nothing to choose.</p>;
        if (stores.length === 0) return <p className="empty">Glance lists no stores.</p>;
        return (
          <>
            <StoreTable stores={stores} details={detail.status === 'ready' ? detail.value : null} />
            {detail.status === 'failed' && <MissingDetail error={detail.error} onRetry={onRetry} />}
          </>
        );
      }}
    </Panel>
  );
}

const NO_DETAIL: Readonly<Record<string, string>> = {
  FORBIDDEN: 'Types, weights and settings are for operators: they need an admin token. Nothing else on this page does.',
  NOT_FOUND: 'This Glance is older than Yoga, which introduced types, weights and settings.',
  UPSTREAM_ERROR:
    'Types, weights and settings can’t be shown: Glance fails to describe its stores. The operator finds the cause by the request id.',
};

function MissingDetail({ error, onRetry }: { readonly error: GatewayError; readonly onRetry: () => void }) {
  const message = NO_DETAIL[error.extensions.code] ?? 'Types, weights and settings can’t be shown at the moment.';
  return (
    <Problem error={error} onRetry={onRetry}>
      <p>{message}</p>
    </Problem>
  );
}

interface StoreTableProps {
  readonly stores: readonly Store[];
  /** Null where there are none. */
  readonly details: readonly Detail[] | null;
}

function StoreTable({ stores, details }: StoreTableProps) {
  return (
    <table className={details === null ? 'stores' : 'stores with-details'}>
      <thead>
        <tr>
          <th scope="col">Store</th>
          {details !== null && <th scope="col">Type</th>}
          <th scope="col">Default</th>
          <th scope="col">Read-only</th>
          {details !== null && (
            <th scope="col" className="number">
              Weight
            </th>
          )}
          <th scope="col">Description</th>
        </tr>
      </thead>
      <tbody>
        {stores.map((store) => (
          <StoreRow
            key={store.id}
            store={store}
            detail={details?.find(({ id }) => id === store.id) ?? null}
            hasDetails={details !== null}
          />
        ))}
      </tbody>
    </table>
  );
}

interface StoreRowProps {
  readonly store: Store;
  readonly detail: Detail | null;
  readonly hasDetails: boolean;
}

function StoreRow({ store, detail, hasDetails }: StoreRowProps) {
  const [isOpen, setOpen] = useState(false);
  const { id, description, default: isDefault, readOnly } = store;
  const raw = detail?.properties?.raw ?? {};
  const canOpen = Object.keys(raw).length > 0;
  return (
    <>
      <tr className={isOpen ? 'open' : undefined}>
        <th scope="row">
          {canOpen ? (
            <button type="button" className="opener" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              <Breakable text={id} />
              <span className="hidden">: settings</span>
            </button>
          ) : (
            <span className={hasDetails ? 'no-opener' : undefined}>
              <Breakable text={id} />
            </span>
          )}
        </th>
        {hasDetails && (
          <td data-label="Type">
            {detail === null ? (
              '–'
            ) : (
              <code>
                <Breakable text={detail.type ?? '–'} />
              </code>
            )}
          </td>
        )}
        <td data-label="Default">{isDefault === true ? <span className="tag strong">default</span> : <Nothing />}</td>
        <td data-label="Read-only">{readOnly === true ? <span className="tag">read-only</span> : <Nothing />}</td>
        {hasDetails && (
          <td data-label="Weight" className="number">
            {detail?.weight ?? '–'}
          </td>
        )}
        <td data-label="Description" className="description">
          {description ?? <Nothing spoken="none" />}
        </td>
      </tr>
      {isOpen && (
        <tr className="settings-row">
          <td colSpan={6}>
            <StoreSettings raw={raw} />
          </td>
        </tr>
      )}
    </>
  );
}

function Nothing({ spoken = 'no' }: { readonly spoken?: string }) {
  return (
    <span className="nothing">
      <span aria-hidden="true">–</span>
      <span className="hidden">{spoken}</span>
    </span>
  );
}

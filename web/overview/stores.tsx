import { graphql } from './generated/gql.ts';
import type { StoresQuery } from './generated/graphql.ts';
import { Panel } from './panel.tsx';

const STORES = graphql(`
  query Stores($region: ID) {
    info(region: $region) {
      stores {
        id
        description
        default
        readOnly
      }
    }
  }
`);

const STORES_IN_DETAIL = graphql(`
  query StoresInDetail($region: ID) {
    info(region: $region) {
      storesDetail {
        id
        type
        weight
        properties {
          raw
        }
      }
    }
  }
`);

const SINGLE_STORE = { NOT_FOUND: 'This cloud has a single store, so there is nothing to choose.' };
const OPERATORS_ONLY = {
  ...SINGLE_STORE,
  FORBIDDEN: 'Drivers and settings require an admin token. Nothing else on this page does.',
};

type Store = NonNullable<StoresQuery['info']['stores']>[number];

export function Stores({ region }: { readonly region: string | null }) {
  return (
    <>
      <Panel
        title="Stores"
        query={STORES}
        variables={{ region }}
        select={({ info }) => info.stores}
        messages={SINGLE_STORE}
      >
        {(stores) =>
          stores.length === 0 ? (
            <p className="empty">Glance lists no stores.</p>
          ) : (
            <ul className="cards">
              {stores.map((store) => (
                <StoreCard key={store.id} {...store} />
              ))}
            </ul>
          )
        }
      </Panel>
      <Panel
        title="Stores in detail"
        isWide
        query={STORES_IN_DETAIL}
        variables={{ region }}
        select={({ info }) => info.storesDetail}
        messages={OPERATORS_ONLY}
      >
        {(stores) =>
          stores.length === 0 ? (
            <p className="empty">Glance lists no stores.</p>
          ) : (
            <ul className="cards">
              {stores.map(({ id, type, weight, properties }) => (
                <li key={id}>
                  <h3>{id}</h3>
                  <p className="tags">
                    <span className="tag">{type}</span>
                    {weight !== null && <span className="tag">weight {weight}</span>}
                  </p>
                  <Properties raw={properties?.raw ?? {}} />
                </li>
              ))}
            </ul>
          )
        }
      </Panel>
    </>
  );
}

function StoreCard({ id, description, default: isDefault, readOnly }: Store) {
  return (
    <li>
      <h3>{id}</h3>
      {(isDefault || readOnly) && (
        <p className="tags">
          {isDefault && <span className="tag strong">default</span>}
          {readOnly && <span className="tag">read-only</span>}
        </p>
      )}
      <p>{description ?? 'No description'}</p>
    </li>
  );
}

function Properties({ raw }: { readonly raw: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(raw);
  if (entries.length === 0) return <p className="empty">No settings</p>;
  return (
    <dl>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

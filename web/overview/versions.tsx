import { graphql } from './generated/gql.ts';
import { Panel } from './panel.tsx';

const QUERY = graphql(`
  query ApiVersions($region: ID) {
    info(region: $region) {
      apiVersions {
        id
        status
      }
    }
  }
`);

export function Versions({ region }: { readonly region: string | null }) {
  return (
    <Panel title="API versions" query={QUERY} variables={{ region }} select={({ info }) => info.apiVersions}>
      {(versions) =>
        versions.length === 0 ? (
          <p className="empty">Glance lists no versions.</p>
        ) : (
          <ul className="versions">
            {versions.map(({ id, status }) => (
              <li key={id} className={`tag${status === 'CURRENT' ? ' strong' : ''}`}>
                {id} {status.toLowerCase()}
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

import { graphql } from './generated/gql.ts';
import { Part } from './part.tsx';

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
    <Part title="API versions" query={QUERY} variables={{ region }} pick={({ info }) => info.apiVersions}>
      {(versions) =>
        versions.length === 0 ? (
          <p className="empty">Glance names no version.</p>
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
    </Part>
  );
}

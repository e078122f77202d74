import { graphql } from './generated/gql.ts';
import { Part } from './part.tsx';

const QUERY = graphql(`
  query ImportMethods($region: ID) {
    info(region: $region) {
      importMethods {
        value
      }
    }
  }
`);

const MEANINGS: Readonly<Record<string, string>> = {
  'glance-direct': 'upload to a staging area, then import',
  'web-download': 'the cloud fetches it from a URL',
  'copy-image': 'copy an image to further stores',
  'glance-download': 'from the Glance of another region',
};

export function ImportMethods({ region }: { readonly region: string | null }) {
  return (
    <Part title="Import methods" query={QUERY} variables={{ region }} pick={({ info }) => info.importMethods}>
      {({ value }) =>
        value.length === 0 ? (
          <p className="empty">The operator has switched all import methods off; images are uploaded directly.</p>
        ) : (
          <ul className="methods">
            {value.map((method) => (
              <li key={method}>
                <code>{method}</code> {MEANINGS[method]}
              </li>
            ))}
          </ul>
        )
      }
    </Part>
  );
}

import { graphql } from './generated/gql.ts';
import { Panel } from './panel.tsx';

const QUERY = graphql(`
  query ImportMethods($region: ID) {
    info(region: $region) {
      importMethods {
        value
      }
    }
  }
`);

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'glance-direct': 'upload to a staging area, then import',
  'web-download': 'the cloud fetches it from a URL',
  'copy-image': 'copy an image to more stores',
  'glance-download': 'copy it from the Glance of another region',
};

export function ImportMethods({ region }: { readonly region: string | null }) {
  return (
    <Panel title="Import methods" query={QUERY} variables={{ region }} select={({ info }) => info.importMethods}>
      {({ value }) =>
        value.length === 0 ? (
          <p className="empty">The operator has disabled all import methods. Images are uploaded directly.</p>
        ) : (
          <ul className="methods">
            {value.map((method) => (
              <li key={method}>
                <code>{method}</code> {DESCRIPTIONS[method]}
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

import { Panel } from './panel.tsx';
import { IMPORT_METHODS, type Parts } from './parts.ts';
import { METHODS_SKELETON } from './skeleton.tsx';

interface Purpose {
  readonly title: string;
  readonly use: string;
}

const PURPOSES: Readonly<Record<string, Purpose>> = {
  'glance-direct': {
    title: 'Upload, then import',
    use: 'For a file on your machine: upload it to the staging area; Glance then checks, converts and stores it.',
  },
  'web-download': {
    title: 'From a URL',
    use: 'For an image that is on a web server: the cloud fetches it, and nothing passes through your machine.',
  },
  'copy-image': {
    title: 'To more stores',
    use: 'For an image that is in one store already: Glance copies its data to others.',
  },
  'glance-download': {
    title: 'From another region',
    use: 'For an image of another Glance: the cloud copies data and properties from there.',
  },
};

export interface ImportMethodsPanelProps {
  readonly part: Parts['importMethods'];
  readonly region: string | null;
  readonly onRetry: () => void;
}

export function ImportMethodsPanel(props: ImportMethodsPanelProps) {
  return (
    <Panel
      {...props}
      title="Import methods"
      query={IMPORT_METHODS}
      className="methods-panel"
      skeleton={METHODS_SKELETON}
    >
      {({ value }) =>
        value.length === 0 ? (
          <p className="empty">The operator has disabled all import methods. Images are uploaded directly.</p>
        ) : (
          <ul className="methods">
            {value.map((method) => (
              <li key={method}>
                {PURPOSES[method] && <h4>{PURPOSES[method].title}</h4>}
                <code>{method}</code>
                <p>
                  {PURPOSES[method]?.use ?? 'A method that this page does not know. Ask the operator what it is for.'}
                </p>
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

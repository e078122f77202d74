import 'graphiql/setup-workers/vite';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import { loadToken } from '../session.ts';
import { readSettings } from '../settings.ts';
import { EXAMPLES } from './examples.ts';
import './style.css';

const { sandboxTokens } = readSettings();
const [operatorsToken = ''] = sandboxTokens;
// The overview page leaves the one that was entered there.
const headers = JSON.stringify({ 'X-Auth-Token': loadToken() ?? operatorsToken }, null, 2);
const asked = new URLSearchParams(location.search);
const query = asked.get('query');

/** The gateway that served this page, and no other. */
const fetcher = async (body: unknown, { headers = {} }: { headers?: Record<string, string> } = {}) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
};

function Page() {
  return (
    <div className="page">
      <p className="notice">
        <a href="/">Overview</a>
        {sandboxTokens.length > 0 &&
          ' · Sandbox: an embedded Glance answers here, no cloud is asked. A token is filled in.'}
      </p>
      <GraphiQL
        fetcher={fetcher}
        defaultHeaders={headers}
        defaultEditorToolsVisibility="headers"
        defaultTabs={EXAMPLES.map((example) => ({ query: example, headers }))}
        {...(query !== null && { initialQuery: query, initialVariables: asked.get('variables') ?? '' })}
      />
    </div>
  );
}

const root = document.getElementById('graphiql');
if (root !== null) createRoot(root).render(<Page />);

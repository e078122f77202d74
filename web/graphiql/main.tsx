import 'graphiql/setup-workers/vite';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import { EXAMPLES } from './examples.ts';
import { readSettings } from './settings.ts';
import './style.css';

const { token } = readSettings();
const headers = JSON.stringify({ 'X-Auth-Token': token ?? '' }, null, 2);
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
      {token !== null && (
        <p className="notice">
          Sandbox: an embedded Glance answers here, no cloud is asked. The operator's token is filled in.
        </p>
      )}
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

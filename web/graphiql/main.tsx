import 'graphiql/setup-workers/vite';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { loadToken } from '../session.ts';
import { readSettings } from '../settings.ts';
import { EXAMPLES } from './examples.ts';
import './style.css';

const { sandboxTokens } = readSettings();
const [adminToken = ''] = sandboxTokens;
// The token that was entered on the overview page, if any.
const headers = JSON.stringify({ 'X-Auth-Token': loadToken() ?? adminToken }, null, 2);
const parameters = new URLSearchParams(location.search);
const query = parameters.get('query');

/** Sends operations to the gateway that served this page. */
const fetcher = async (body: unknown, { headers = {} }: { headers?: Record<string, string> } = {}) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
};

/** The schema for clients: an introspection query would also return the types of Federation. */
async function loadSchema(): Promise<GraphQLSchema | null> {
  const response = await fetch('/schema.graphql');
  return response.ok ? buildSchema(await response.text()) : null;
}

function Page() {
  // Without a schema GraphiQL has no documentation and no completion, but executes operations.
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  useEffect(() => {
    loadSchema().then(setSchema, () => setSchema(null));
  }, []);
  return (
    <div className="page">
      <p className="notice">
        <a href="/">Overview</a>
        {sandboxTokens.length > 0 &&
          ' · Sandbox: this gateway uses an embedded Glance, not a real cloud. A token is filled in.'}
      </p>
      <GraphiQL
        fetcher={fetcher}
        schema={schema}
        defaultHeaders={headers}
        defaultEditorToolsVisibility="headers"
        defaultTabs={EXAMPLES.map((example) => ({ query: example, headers }))}
        {...(query !== null && { initialQuery: query, initialVariables: parameters.get('variables') ?? '' })}
      />
    </div>
  );
}

const root = document.getElementById('graphiql');
if (root !== null) createRoot(root).render(<Page />);

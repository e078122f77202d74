/**
 * GraphiQL itself. The token is not part of it: GraphiQL keeps the headers of an operation in its history, which outlives the tab, so
 * it has no headers editor, and every request gets the token of the bar.
 */
import 'graphiql/setup-workers/vite';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { useCallback, useContext, useEffect, useState } from 'react';
import { post } from '../shared/gateway.ts';
import { useTheme } from '../shared/theme.tsx';
import { TokenContext } from '../shared/use-query.ts';
import { EXAMPLES } from './examples.ts';
import { keepInAddress, readLink } from './link.ts';
import { ExamplesMenu, ShareButton } from './tools.tsx';

const link = readLink();
/** Those of a browser without stored tabs. */
const firstTabs = [...(link === null ? [] : [link]), ...EXAMPLES.slice(0, 1)];

/** The schema for clients: an introspection query would also return the types of Federation. */
async function loadSchema(): Promise<GraphQLSchema | null> {
  const response = await fetch('schema.graphql');
  return response.ok ? buildSchema(await response.text()) : null;
}

// biome-ignore lint/style/noDefaultExport: React.lazy loads default exports
export default function Editor() {
  const token = useContext(TokenContext);
  const theme = useTheme();
  const fetcher = useCallback(async (body: unknown) => (await post(body, { token })).json(), [token]);
  // Without a schema GraphiQL has no documentation and no completion, but executes operations.
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  useEffect(() => {
    loadSchema().then(setSchema, () => setSchema(null));
  }, []);
  return (
    <GraphiQL
      fetcher={fetcher}
      schema={schema}
      forcedTheme={theme}
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      defaultTabs={firstTabs}
      onTabChange={({ tabs, activeTabIndex }) => keepInAddress(tabs[activeTabIndex])}
      {...(link !== null && { initialQuery: link.query, initialVariables: link.variables })}
    >
      <GraphiQL.Logo>
        <ExamplesMenu />
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <ShareButton />
          </>
        )}
      </GraphiQL.Toolbar>
    </GraphiQL>
  );
}

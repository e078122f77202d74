import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadOpenAPISubgraph('image', {
        source: './openapi.json',
        endpoint: process.env.UPSTREAM,
        operationHeaders: { 'X-Auth-Token': "{context.headers['x-auth-token']}" },
      }),
    },
  ],
});

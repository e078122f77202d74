/** An internal error is masked for the caller and logged in full. */
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { expect, test } from 'vitest';
import { createApolloServer } from '../../src/graphql/apollo-server.ts';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { createRequestData, createServices } from '../parts.ts';

const internalError = new TypeError('Cannot read /etc/secret of gAAAA-token');

test.each([[true], [false]])('an internal error is masked when fastPath is %s', async (fastPath) => {
  const reported: Error[] = [];
  const { services, close } = createServices('http://127.0.0.1:1');
  const data = createRequestData({
    ...services,
    contexts: {
      kind: 'static',
      get context(): never {
        throw internalError;
      },
    },
  });
  const contextValue: GatewayContext = {
    data,
    operation: { isRepeated: true, persistedQuery: null, cost: 0, plan: undefined },
    reportError: (error) => void reported.push(error),
  };
  const apollo = await createApolloServer(createSchema(loadSdl()), {
    fastPath,
    introspection: true,
    logQueries: false,
    persistedQueries: new InMemoryLRUCache(),
  });
  const query = '{info{stores{id} usage{enabled} availability{stores}}}';
  const { body } = await apollo.executeOperation({ query }, { contextValue });
  await apollo.stop();
  await close();
  if (body.kind !== 'single') throw new Error('not single');
  expect(
    body.singleResult.errors?.map(({ message, path, extensions }) => ({ message, path, extensions })),
  ).toContainEqual({
    message: 'Internal server error. The X-Openstack-Request-Id of this response finds the cause in the log.',
    path: ['info', 'stores'],
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
  expect(JSON.stringify(body)).not.toMatch(/secret|gAAAA|TypeError|\.ts/);
  expect(reported).toContain(internalError);
});

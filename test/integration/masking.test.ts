/** A fault of the gateway's own tells the caller nothing, and the log everything. */
import { expect, test } from 'vitest';
import type { Answers, Ask } from '../../src/glance/answers.ts';
import { createApollo } from '../../src/graphql/apollo.ts';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createRendering } from '../../src/graphql/rendering.ts';
import { createDiscovery } from '../../src/graphql/request-discovery.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';

const fault = new TypeError('Cannot read /etc/secret of gAAAA-token');
const broken: Ask<never> = (_question, receiver) => {
  receiver.onFailure(fault);
  return { from: 'upstream', asking: { cancel() {} } };
};
const answers: Answers = {
  versions: broken,
  importMethods: broken,
  stores: broken,
  storesDetail: broken,
  usage: broken,
};

test.each([[true], [false]])('with plain execution %s', async (plain) => {
  const reported: Error[] = [];
  const contextValue: GatewayContext = {
    requestId: 'req-1',
    reportFault: (error) => void reported.push(error),
    discovery: createDiscovery({
      ...discoveryOptions(createUpstream(UPSTREAM_OPTIONS), 'http://127.0.0.1:1'),
      answers,
    }),
  };
  const schema = createSchema(loadSdl());
  const apollo = await createApollo(schema, {
    rendering: plain ? null : createRendering(schema),
    introspection: true,
    logQueries: false,
    persistedQueries: null,
  });
  const query = '{info{stores{id} usage{enabled} availability{stores}}}';
  const { body } = await apollo.executeOperation({ query }, { contextValue });
  await apollo.stop();
  if (body.kind !== 'single') throw new Error('not single');
  expect(
    body.singleResult.errors?.map(({ message, path, extensions }) => ({ message, path, extensions })),
  ).toContainEqual({
    message: 'Internal server error. The X-Openstack-Request-Id of this answer finds the cause in the log.',
    path: ['info', 'stores'],
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
  expect(JSON.stringify(body)).not.toMatch(/secret|gAAAA|TypeError|\.ts/);
  expect(reported).toContain(fault);
});

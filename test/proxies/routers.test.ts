/** The gateway as a subgraph of three routers, together with the images subgraph of examples/supergraph. */
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imagesSdl, startImagesSubgraph } from '../../examples/supergraph/images-subgraph.ts';
import { composeSupergraph, startHiveGateway } from '../../examples/supergraph/supergraph.ts';
import { loadSdl } from '../../src/graphql/schema.ts';
import { type GraphqlError, NO_CACHING } from '../gateway.ts';
import { type Running, startProgram } from '../program.ts';
import { recorded, replay } from '../recorded.ts';
import { type RecordingUpstream, startUpstream } from '../recording-upstream.ts';

const IMAGES_WITH_STORES = `{
  images {
    name
    stores { id default readOnly detail { type } }
    region { id info { importMethods { value } availability { importMethods usage } } }
  }
}`;

interface Router {
  readonly url: string;
  close(): Promise<void>;
}

const startHiveRouterRuntime = (supergraph: string) => startHiveGateway(supergraph, ['--hive-router-runtime']);

async function startApolloGateway(supergraphSdl: string): Promise<Router> {
  const withToken = (url = '') =>
    new RemoteGraphQLDataSource<{ token?: string }>({
      url,
      willSendRequest({ request, context: { token } }) {
        if (token !== undefined) request.http?.headers.set('x-auth-token', token);
      },
    });
  const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url }) => withToken(url) });
  const server = new ApolloServer<{ token?: string }>({ gateway });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => ({ token: String(req.headers['x-auth-token']) }),
  });
  return { url, close: () => server.stop() };
}

const stores = (...ids: string[]) => ids.map((id) => ({ id, region: { id: 'RegionOne' } }));
const IMAGES = [
  { id: '1', name: 'one', region: { id: 'RegionOne' }, stores: stores('fast', 'archive') },
  { id: '2', name: 'two', region: { id: 'RegionOne' }, stores: stores('fast', 'gone') },
  { id: '3', name: 'three', region: { id: 'RegionOne' }, stores: [] },
];

/** Hive Gateway accepts `application/graphql-response+json`, `@apollo/gateway` does not. */
describe.each<[string, (supergraph: string) => Promise<Router>, partialStatus: number, invalidStatus: number]>([
  ['Hive Gateway', startHiveGateway, 294, 422],
  ['Hive Gateway with the query planner of Hive Router', startHiveRouterRuntime, 294, 422],
  ['@apollo/gateway', startApolloGateway, 200, 200],
])('%s', (_name, startRouter, partialStatus, invalidStatus) => {
  let upstream: RecordingUpstream;
  let gateway: Running;
  let images: Router;
  let router: Router;

  beforeAll(async () => {
    upstream = await startUpstream({
      '/v2/info/import': replay('api-2.16-multistore-member.import'),
      '/v2/info/stores': replay('api-2.16-multistore-member.stores'),
      '/v2/info/usage': replay('api-2.16-multistore-badtoken.usage'),
      '/v2/info/stores/detail': (request, response) => {
        const call =
          request.headers['x-auth-token'] === 'admin' ? 'admin.stores-detail' : 'member.stores-detail.accept-json';
        replay(`api-2.16-multistore-${call}`)(request, response);
      },
    });
    // A separate process: composing and planning block the event loop of this one, for which the gateway would shed load.
    gateway = await startProgram({ GLANCE_URL: upstream.url, ...NO_CACHING });
    images = await startImagesSubgraph(IMAGES);
    router = await startRouter(
      composeSupergraph([
        { name: 'glance', url: `${gateway.url}/graphql`, sdl: loadSdl() },
        { name: 'images', url: images.url, sdl: imagesSdl },
      ]),
    );
  }, 60_000);

  afterAll(async () => {
    await router?.close();
    await images?.close();
    await gateway?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  async function query(document: string, token: string): Promise<{ data: unknown; errors: GraphqlError[] }> {
    const response = await fetch(router.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
      body: JSON.stringify({ query: document }),
    });
    const body: { data: unknown; errors?: GraphqlError[] } = JSON.parse(await response.text());
    return { data: body.data, errors: body.errors ?? [] };
  }

  /** The number of responses of the subgraph with this status. */
  async function responsesWith(status: number): Promise<number> {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    const [, count] =
      new RegExp(`^glance_graphql_http_requests_total.*status="${status}".* (\\d+)$`, 'm').exec(text) ?? [];
    return Number(count ?? 0);
  }

  const region = {
    id: 'RegionOne',
    info: {
      importMethods: { value: ['glance-direct', 'web-download', 'copy-image'] },
      availability: { importMethods: 'AVAILABLE', usage: 'UNAUTHENTICATED' },
    },
  };
  const store = (id: string, type: string | null) => ({
    id,
    default: id === 'gone' ? null : id === 'fast',
    readOnly: id === 'gone' ? null : id === 'archive',
    detail: type === null ? null : { type },
  });

  test('resolves the stores and regions of images with one upstream call for each discovery call', async () => {
    const before = upstream.seen.length;
    const { data, errors } = await query(IMAGES_WITH_STORES, 'admin');
    expect(errors).toEqual([]);
    expect(data).toEqual({
      images: [
        { name: 'one', stores: [store('fast', 'file'), store('archive', 'http')], region },
        { name: 'two', stores: [store('fast', 'file'), store('gone', null)], region },
        { name: 'three', stores: [], region },
      ],
    });
    const calls = upstream.seen.slice(before);
    expect(calls.map(({ path }) => path).sort()).toEqual([
      '/v2/info/import',
      '/v2/info/stores',
      '/v2/info/stores/detail',
      '/v2/info/usage',
    ]);
    for (const { headers } of calls) expect(headers).toContainEqual(['X-Auth-Token', 'admin']);
  });

  test('passes error codes on', async () => {
    const { data, errors } = await query('{images{stores{id detail{type}}}}', 'member');
    expect(data).toMatchObject({
      images: [
        {
          stores: [
            { id: 'fast', detail: null },
            { id: 'archive', detail: null },
          ],
        },
        {},
        {},
      ],
    });
    expect(errors.length).toBeGreaterThan(0);
    const { headers } = recorded('api-2.16-multistore-member.stores-detail.accept-json');
    for (const { message, extensions } of errors) {
      expect(message).toContain('You are not authorized to complete stores_info_detail action.');
      expect(extensions).toMatchObject({
        code: 'FORBIDDEN',
        status: 403,
        retryable: false,
        requestId: headers.get('x-openstack-request-id'),
      });
    }
    // The metrics are cached for half a second.
    await expect.poll(() => responsesWith(partialStatus)).toBeGreaterThan(0);
  });

  test('returns the parts that succeeded beside the errors of the others, and the reasons as data', async () => {
    const { data, errors } = await query(
      '{info{stores{id} storesDetail{id} usage{enabled} availability{stores storesDetail usage}}}',
      'member',
    );
    expect(data).toEqual({
      info: {
        stores: [{ id: 'reliable' }, { id: 'fast' }, { id: 'archive' }],
        storesDetail: null,
        usage: null,
        availability: { stores: 'AVAILABLE', storesDetail: 'FORBIDDEN', usage: 'UNAUTHENTICATED' },
      },
    });
    const byPath = Object.fromEntries(errors.map(({ path, extensions }) => [path?.join('.'), extensions]));
    expect(byPath).toEqual({
      'info.storesDetail': expect.objectContaining({
        code: 'FORBIDDEN',
        service: 'image',
        region: 'RegionOne',
        status: 403,
      }),
      'info.usage': expect.objectContaining({
        code: 'UNAUTHENTICATED',
        service: 'image',
        status: 401,
        retryable: false,
      }),
    });
  });

  test('makes no call twice for a field and its availability', async () => {
    const before = upstream.seen.length;
    await query('{info{stores{id} availability{stores}}}', 'member');
    expect(upstream.seen.slice(before).map(({ path }) => path)).toEqual(['/v2/info/stores']);
  });

  test('passes on that the subgraph rejects an operation', async () => {
    const before = await responsesWith(invalidStatus);
    const { errors } = await query('{info{stores{region{info{stores{id}}}}}}', 'member');
    expect(errors).toMatchObject([
      { message: expect.stringContaining('2 levels of `info`'), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    await expect.poll(() => responsesWith(invalidStatus)).toBeGreaterThan(before);
  });
});

/** A second subgraph: a list of images that refers to stores and regions by their keys. glance-graphql resolves them. */
import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { gql } from 'graphql-tag';

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly region: { readonly id: string };
  readonly stores: readonly { readonly id: string; readonly region: { readonly id: string } }[];
}

const image = (id: string, name: string, region: string, ...stores: readonly string[]): Image => ({
  id,
  name,
  region: { id: region },
  stores: stores.map((store) => ({ id: store, region: { id: region } })),
});

/** In regions and stores of the sandbox. The store `tape` does not exist there. */
const IMAGES: readonly Image[] = [
  image('1f0c8f5e', 'debian-13', 'RegionOne', 'ceph', 'mirror'),
  image('2a7d61b3', 'rescue', 'RegionOne', 'local', 'tape'),
  image('3b9e02c4', 'windows-2025', 'RegionOne', 'ceph', 'objects'),
  image('4c1f73d5', 'alpine-edge', 'RegionTwo'),
];

export const imagesSdl = readFileSync(new URL('images.graphql', import.meta.url), 'utf8');

export async function startImagesSubgraph(images = IMAGES): Promise<{ url: string; close(): Promise<void> }> {
  const byId = new Map(images.map((one) => [one.id, one]));
  const resolvers = {
    Query: { images: () => images },
    Image: { __resolveReference: ({ id }: { id: string }) => byId.get(id) ?? null },
  };
  const schema = buildSubgraphSchema([{ typeDefs: gql(imagesSdl), resolvers }]);
  const server = new ApolloServer({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  return { url, close: () => server.stop() };
}

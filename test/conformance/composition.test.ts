/** The subgraph composes with another one without errors or hints, according to three libraries. */
import { composeServices as composeWithApollo } from '@apollo/composition';
import { composeServices as composeWithGuild } from '@theguild/federation-composition';
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION } from '@wundergraph/composition';
import { gql } from 'graphql-tag';
import { expect, test } from 'vitest';
import { imagesSdl } from '../../examples/supergraph/images-subgraph.ts';
import { loadSdl } from '../../src/graphql/schema.ts';

const SUBGRAPHS = [
  { name: 'glance', url: 'http://127.0.0.1:1/graphql', typeDefs: gql(loadSdl()) },
  { name: 'images', url: 'http://127.0.0.1:2/graphql', typeDefs: gql(imagesSdl) },
];

test('the subgraph composes with @apollo/composition', () => {
  const { errors = [], hints = [], supergraphSdl } = composeWithApollo(SUBGRAPHS);
  expect(errors).toEqual([]);
  expect(hints.map(({ message }) => message)).toEqual([]);
  expect(supergraphSdl).toContain('type ImageStore');
});

test('the subgraph composes with @theguild/federation-composition', () => {
  const { errors = [], supergraphSdl } = composeWithGuild(SUBGRAPHS);
  expect(errors).toEqual([]);
  expect(supergraphSdl).toContain('type ImageStore');
});

test('the subgraph composes with @wundergraph/composition', () => {
  const result = federateSubgraphs({
    subgraphs: SUBGRAPHS.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
    version: LATEST_ROUTER_COMPATIBILITY_VERSION,
  });
  expect(result.success ? [] : result.errors).toEqual([]);
  expect(result.warnings.map(({ message }) => message)).toEqual([]);
});

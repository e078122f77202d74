/** The subgraph composes with another one without errors or hints, according to three libraries. */
import { composeServices as composeWithApollo } from '@apollo/composition';
import { composeSchemaContract, composeServices as composeWithGuild } from '@theguild/federation-composition';
import {
  federateSubgraphs,
  federateSubgraphsContract,
  LATEST_ROUTER_COMPATIBILITY_VERSION,
} from '@wundergraph/composition';
import { printSchema } from 'graphql';
import { gql } from 'graphql-tag';
import { describe, expect, test } from 'vitest';
import { imagesSdl } from '../../examples/supergraph/images-subgraph.ts';
import { loadSdl } from '../../src/graphql/schema.ts';

const SUBGRAPHS = [
  { name: 'glance', url: 'http://127.0.0.1:1/graphql', typeDefs: gql(loadSdl()) },
  { name: 'images', url: 'http://127.0.0.1:2/graphql', typeDefs: gql(imagesSdl) },
];

/** With the costs that routers count. */
function expectSupergraph(sdl: string | undefined): void {
  expect(sdl).toMatch(/type ImageStore\b/);
  expect(sdl).toMatch(/stores: \[ImageStore!\] @listSize\(.*\bassumedSize: 50\b/);
  expect(sdl).toMatch(/usage: ImageUsage .*@cost\(weight: 10\)/);
}

test('the subgraph composes with @apollo/composition', () => {
  const { errors = [], hints = [], supergraphSdl } = composeWithApollo(SUBGRAPHS);
  expect(errors).toEqual([]);
  expect(hints.map(({ message }) => message)).toEqual([]);
  expectSupergraph(supergraphSdl);
});

test('the subgraph composes with @theguild/federation-composition', () => {
  const { errors = [], supergraphSdl } = composeWithGuild(SUBGRAPHS);
  expect(errors).toEqual([]);
  expectSupergraph(supergraphSdl);
});

test('the subgraph composes with @wundergraph/composition', () => {
  const result = federateSubgraphs({
    subgraphs: SUBGRAPHS.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
    version: LATEST_ROUTER_COMPATIBILITY_VERSION,
  });
  expect(result.success ? [] : result.errors).toEqual([]);
  expect(result.warnings.map(({ message }) => message)).toEqual([]);
});

/** What a contract without the tag `operator` must not have: the fields, and the types that only they return. */
const OF_OPERATORS = /storesDetail|detail:|StoreDetail|StoreProperties|JSONObject|@tag/;

describe('a contract that excludes the tag `operator`', () => {
  test('has no field or type for operators, with @wundergraph/composition', () => {
    const result = federateSubgraphsContract({
      subgraphs: SUBGRAPHS.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
      contractTagOptions: { tagNamesToExclude: new Set(['operator']), tagNamesToInclude: new Set() },
      version: LATEST_ROUTER_COMPATIBILITY_VERSION,
    });
    if (!result.success) throw new Error(String(result.errors));
    const schema = printSchema(result.federatedGraphClientSchema);
    expect(schema).toContain('stores: [ImageStore!]');
    expect(schema.replaceAll(/scalar JSONObject|"""[\s\S]*?"""/g, '')).not.toMatch(OF_OPERATORS);
  });

  test('has no field or type for operators, with @theguild/federation-composition', () => {
    const filter = { exclude: new Set(['operator']), include: new Set<string>() };
    const result = composeSchemaContract(SUBGRAPHS, filter, true);
    if (!result.publicSdl) throw new Error(result.errors?.map(({ message }) => message).join());
    expect(result.publicSdl).toContain('stores: [ImageStore!]');
    expect(result.publicSdl.replaceAll(/"""[\s\S]*?"""/g, '')).not.toMatch(OF_OPERATORS);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLSchema } from 'graphql';
import { JSONObjectResolver, SafeIntResolver } from 'graphql-scalars';
import { gql } from 'graphql-tag';
import { checkRepresentations } from './entities.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { infoAvailabilityResolvers, infoResolvers, queryResolvers, regionResolvers } from './region.ts';
import { imageStoreResolvers } from './stores.ts';
import { imageStorePropertiesResolvers } from './stores-detail.ts';

/** The subgraph's SDL: the files of `schema/`, one after the other. */
export function loadSdl(): string {
  // The folder is as far from src/graphql as from the published dist/graphql.
  const folder = new URL('../../schema/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
}

/** The executable schema, with Federation's `_service` and `_entities`. */
export function createSchema(sdl: string): GraphQLSchema {
  const resolvers: Resolvers & { SafeInt: typeof SafeIntResolver; JSONObject: typeof JSONObjectResolver } = {
    Query: queryResolvers,
    Region: regionResolvers,
    Info: infoResolvers,
    InfoAvailability: infoAvailabilityResolvers,
    ImageStore: imageStoreResolvers,
    ImageStoreProperties: imageStorePropertiesResolvers,
    SafeInt: SafeIntResolver,
    JSONObject: JSONObjectResolver,
  };
  const schema = buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }]);
  checkRepresentations(schema);
  return schema;
}

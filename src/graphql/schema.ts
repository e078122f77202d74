import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLSchema } from 'graphql';
import { DateTimeResolver, JSONObjectResolver, SafeIntResolver } from 'graphql-scalars';
import { gql } from 'graphql-tag';
import type { Resolvers } from './generated/resolvers.ts';
import { infoAvailabilityResolvers } from './resolvers/availability.ts';
import { checkRepresentations } from './resolvers/entities.ts';
import { infoResolvers, queryResolvers, regionResolvers } from './resolvers/info.ts';
import { imageStoreResolvers } from './resolvers/stores.ts';
import { imageStorePropertiesResolvers } from './resolvers/stores-detail.ts';

/** The SDL of the subgraph: the files of `schema/`, concatenated. */
export function loadSdl(): string {
  // The relative path is the same from src/graphql and from the published dist/graphql.
  const folder = new URL('../../schema/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
}

const scalars = { DateTime: DateTimeResolver, SafeInt: SafeIntResolver, JSONObject: JSONObjectResolver };

/** The executable schema, with Federation's `_service` and `_entities`. */
export function createSchema(sdl: string): GraphQLSchema {
  const resolvers: Resolvers & typeof scalars = {
    Query: queryResolvers,
    Region: regionResolvers,
    Info: infoResolvers,
    InfoAvailability: infoAvailabilityResolvers,
    ImageStore: imageStoreResolvers,
    ImageStoreProperties: imageStorePropertiesResolvers,
    ...scalars,
  };
  const schema = buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }]);
  checkRepresentations(schema);
  return schema;
}

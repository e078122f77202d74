import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLScalarType, type GraphQLSchema, parse, print, specifiedDirectives, visit } from 'graphql';
import { DateTimeResolver, JSONObjectResolver, SafeIntResolver } from 'graphql-scalars';
import { gql } from 'graphql-tag';
import type { Resolvers } from './generated/resolvers.ts';
import { countListLengths } from './list-lengths.ts';
import { infoAvailabilityResolvers } from './resolvers/availability.ts';
import { checkRepresentations } from './resolvers/entities.ts';
import { infoResolvers, queryResolvers, regionResolvers } from './resolvers/info.ts';
import { imageStoreResolvers } from './resolvers/stores.ts';
import { storeTypeName } from './store-types.ts';

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

/** The names of GraphQL's own directives. */
const STANDARD_DIRECTIVES: ReadonlySet<string> = new Set(specifiedDirectives.map(({ name }) => name));

/** The schema that clients see: the SDL of the subgraph without the directives of Federation. graphql-js' `buildSchema` accepts it. */
export function toApiSdl(subgraphSdl: string): string {
  const document = visit(parse(subgraphSdl), {
    SchemaExtension: () => null,
    Directive: ({ name }) => (STANDARD_DIRECTIVES.has(name.value) ? undefined : null),
  });
  return `${print(document)}\n`;
}

/** A scalar without its description, so that the one in the SDL is shown. */
const behaviourOf = ({ serialize, parseValue, parseLiteral }: GraphQLScalarType) => ({
  serialize,
  parseValue,
  parseLiteral,
});

const SCALARS = {
  DateTime: behaviourOf(DateTimeResolver),
  SafeInt: behaviourOf(SafeIntResolver),
  JSONObject: behaviourOf(JSONObjectResolver),
};

/** The executable schema, with Federation's `_service` and `_entities`. */
export function createSchema(sdl: string): GraphQLSchema {
  const resolvers: Omit<Resolvers, keyof typeof SCALARS> & typeof SCALARS = {
    Query: queryResolvers,
    Region: regionResolvers,
    Info: infoResolvers,
    InfoAvailability: infoAvailabilityResolvers,
    ImageStore: imageStoreResolvers,
    ImageStoreProperties: { __resolveType: storeTypeName },
    ...SCALARS,
  };
  const schema = buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }]);
  checkRepresentations(schema);
  countListLengths(schema);
  return schema;
}

import { ApolloServerErrorCode } from '@apollo/server/errors';
import { defaultFieldResolver, GraphQLError, type GraphQLSchema } from 'graphql';
import { isJsonObject, type JsonValue } from '../../openstack/json.ts';
import type { GatewayContext } from '../context.ts';

const EXPECTED =
  'A representation must be {"__typename": "Region", "id": …} or {"__typename": "ImageStore", "id": …, "region": {"id": …}}.';

/** Checks representations one by one: a malformed one fails its own place in the list. `@apollo/subgraph` would fail the whole list. */
export function checkRepresentations(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()._entities;
  if (field === undefined) throw new Error('The schema has no entities');
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args: { representations: readonly JsonValue[] }, context: GatewayContext, info) =>
    args.representations.map((representation) => {
      if (!isRepresentation(representation)) {
        return new GraphQLError(EXPECTED, { extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT } });
      }
      const entities: unknown = resolve(source, { representations: [representation] }, context, info);
      return Array.isArray(entities) ? entities[0] : null;
    });
}

function isRepresentation(value: JsonValue): boolean {
  if (!isJsonObject(value) || typeof value.id !== 'string') return false;
  if (value.__typename === 'Region') return true;
  return value.__typename === 'ImageStore' && isJsonObject(value.region) && typeof value.region.id === 'string';
}

import { ApolloServerErrorCode } from '@apollo/server/errors';
import { defaultFieldResolver, GraphQLError, type GraphQLSchema } from 'graphql';
import { isJsonObject, type JsonValue } from '../../openstack/json.ts';
import type { GatewayContext } from '../context.ts';

const EXPECTED =
  'A representation must be {"__typename": "Region", "id": …} or {"__typename": "ImageStore", "id": …, "region": {"id": …}}';
/** The most malformed representations that the error message lists. */
const MAX_INDICES = 10;

/**
 * Wraps the resolver of `@apollo/subgraph`: a malformed representation is null, and does not fail the whole list, with one error for all
 * of them. Equal representations are resolved once.
 */
export function checkRepresentations(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()._entities;
  if (field === undefined) throw new Error('The schema has no entities');
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args: { representations: readonly JsonValue[] }, context: GatewayContext, info) => {
    const keys = args.representations.map(keyOf);
    const unique = new Map<string, JsonValue>();
    for (const [index, key] of keys.entries()) if (key !== null) unique.set(key, args.representations[index] ?? null);
    const entities: unknown = resolve(source, { representations: [...unique.values()] }, context, info);
    if (!Array.isArray(entities)) throw new Error('Not a list of entities');
    const byKey = new Map<string, unknown>([...unique.keys()].map((key, index) => [key, entities[index]]));
    const malformed = [...keys.entries()].flatMap(([index, key]) => (key === null ? [index] : []));
    return keys.map((key, index) => {
      if (key !== null) return byKey.get(key);
      return index === malformed[0] ? malformedError(malformed) : null;
    });
  };
}

/** Equal for representations of the same entity; null for a malformed one. */
function keyOf(value: JsonValue): string | null {
  if (!isJsonObject(value) || typeof value.id !== 'string') return null;
  if (value.__typename === 'Region') return JSON.stringify([value.id]);
  if (value.__typename !== 'ImageStore' || !isJsonObject(value.region)) return null;
  return typeof value.region.id === 'string' ? JSON.stringify([value.id, value.region.id]) : null;
}

function malformedError(indices: readonly number[]): GraphQLError {
  const listed = indices.slice(0, MAX_INDICES).join(', ');
  const others = indices.length > MAX_INDICES ? ` and ${indices.length - MAX_INDICES} others` : '';
  return new GraphQLError(`${EXPECTED}, but these are not: ${listed}${others}.`, {
    extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT },
  });
}

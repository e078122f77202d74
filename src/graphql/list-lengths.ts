/**
 * Counts the real lengths of lists. The estimate before execution assumes the sizes of `@listSize`. What longer lists add to the cost is
 * counted before their items are executed; above the limit the response is one error.
 */
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from 'graphql';
import { fieldCostOf, MAX_COST } from './field-costs.ts';
import { createMeasure } from './operation-size.ts';

/** The part of the context value that counts. */
interface CountingContext {
  readonly operation: { cost: number };
}

type ListField = GraphQLField<unknown, CountingContext>;

/** Lists that are a property of their parent's value. */
const properties = new WeakSet<object>();

/** Whether a field is resolved by a function of its own, and not as a property of its parent's value. */
export const hasResolver = (field: Pick<ListField, 'resolve'>): boolean =>
  field.resolve !== undefined && !properties.has(field);

/** Wraps the resolvers of all fields with a `@listSize`. */
export function countListLengths(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.astNode && fieldCostOf(field).items > 1) countLength(field);
    }
  }
}

function countLength(field: ListField): void {
  const { resolve = defaultFieldResolver } = field;
  if (field.resolve === undefined) properties.add(field);
  const count = <T>(list: T, context: CountingContext, info: GraphQLResolveInfo): T => {
    if (Array.isArray(list)) addCost(context, excessOf(field, list.length, info));
    return list;
  };
  field.resolve = (source, args, context, info) => {
    const list: unknown = resolve(source, args, context, info);
    return list instanceof Promise ? list.then((items) => count(items, context, info)) : count(list, context, info);
  };
}

/** What the items cost that a list has beyond its assumed size. */
function excessOf(field: ListField, length: number, { schema, fragments, fieldNodes }: GraphQLResolveInfo): number {
  const { weight, items } = fieldCostOf(field);
  if (length <= items) return 0;
  const measure = createMeasure({ schema, fragments: new Map(Object.entries(fragments)) });
  const type = getNamedType(field.type);
  const costs = fieldNodes.map(({ selectionSet }) => weight + measure.ofSelections(selectionSet, type).cost);
  return (length - items) * costs.reduce((sum, cost) => sum + cost, 0);
}

export const TOO_COSTLY = new GraphQLError(
  `The lists of the response are longer than estimated, and its cost exceeds the limit of ${MAX_COST}; select fewer fields.`,
  { extensions: { code: ApolloServerErrorCode.BAD_REQUEST } },
);

/** @throws GraphQLError when the operation costs too much */
function addCost({ operation }: CountingContext, cost: number): void {
  operation.cost += cost;
  if (operation.cost > MAX_COST) throw TOO_COSTLY;
}

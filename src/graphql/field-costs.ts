/**
 * What a field costs: by the directives `@cost` and `@listSize` of the schema, which federation routers read too
 * (https://ibm.github.io/graphql-specs/cost-spec.html).
 */
import { type ConstDirectiveNode, type GraphQLField, Kind } from 'graphql';

/** The most that an operation may cost. A response of this cost has about a megabyte. */
export const MAX_COST = 30_000;

export interface FieldCost {
  /** The cost of one item, without the fields below it: 1, or the weight of `@cost`. */
  readonly weight: number;
  /** How many items the field is assumed to have: 1, or the size of `@listSize`. */
  readonly items: number;
}

export type Field = Pick<GraphQLField<unknown, unknown>, 'name' | 'type' | 'astNode'>;

/** The lists of introspection, which have no directives: what it finds in this schema on average, rounded up; 1 for all others. */
const INTROSPECTION_ITEMS: Readonly<Record<string, number>> = { types: 50, directives: 25, fields: 4 };

const PLAIN: FieldCost = { weight: 1, items: 1 };

const known = new WeakMap<Field, FieldCost>();

/** @param field undefined for one that the schema does not have */
export function fieldCostOf(field: Field | undefined): FieldCost {
  if (field === undefined) return PLAIN;
  const cost = known.get(field) ?? readCost(field);
  known.set(field, cost);
  return cost;
}

function readCost({ name, astNode }: Field): FieldCost {
  if (!astNode) return { weight: 1, items: INTROSPECTION_ITEMS[name] ?? 1 };
  const { directives = [] } = astNode;
  return {
    weight: integerOf(directives, 'cost', 'weight') ?? 1,
    items: integerOf(directives, 'listSize', 'assumedSize') ?? 1,
  };
}

function integerOf(directives: readonly ConstDirectiveNode[], directive: string, argument: string): number | null {
  const node = directives.find(({ name }) => name.value === directive);
  const value = node?.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.INT ? Number(value.value) : null;
}

/**
 * How to respond to an operation without executing it: the calls that it needs, and the JSON of its response with a placeholder for each field of
 * `Info`. Operations that ask for `info` and fields of it that depend on one call have a plan; all others are executed. A plan serves
 * while all of its calls succeed.
 */
import {
  assertObjectType,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  print,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { CallName } from '../../cache/glance-calls.ts';
import { fragmentsOf } from '../fragments.ts';
import { createMeasure } from '../operation-size.ts';
import type { CallKey } from '../request-services.ts';
import { type Compilation, compile, type Render } from './render.ts';

export interface ResponsePlan {
  /** Each call once a region. */
  readonly calls: readonly CallKey[];
  /** The JSON of `data`: constant text, and fields of `Info`. */
  readonly segments: readonly (string | FieldSegment)[];
  /** The estimated cost of the operation. */
  readonly cost: number;
  /** The length of its document, from which its size in memory is estimated. */
  readonly characters: number;
}

/** A field of `Info`. Its JSON depends on the response of one call. */
export interface FieldSegment {
  readonly name: CallField;
  /** Among the plan's calls. */
  readonly callIndex: number;
  readonly render: Render;
  /** All that the JSON depends on beside the response; equal in every document that selects the same. */
  readonly selection: string;
  readonly list: ListCost;
}

/** The list in the value of a field of `Info`: the field itself, or the only list below it. */
interface ListCost {
  /** The number of items in the estimated cost of the operation. */
  readonly assumedItems: number;
  readonly itemCost: number;
}

/** The call behind each field of `Info` that a plan can serve. */
const CALLS = {
  apiVersions: 'versions',
  importMethods: 'importMethods',
  stores: 'stores',
  storesDetail: 'storesDetail',
  usage: 'usage',
} as const satisfies Record<string, CallName>;

type CallField = keyof typeof CALLS;

function isCallField(name: string): name is CallField {
  return Object.hasOwn(CALLS, name);
}

type Variables = Readonly<Record<string, unknown>>;

/** Null when the operation must be executed, or is wrong in a way that execution reports. */
export function planFor(...operation: Parameters<typeof createPlan>): ResponsePlan | null {
  try {
    return createPlan(...operation);
  } catch (error) {
    // A null for the argument of a directive, for example.
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

function createPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  cost: number,
): ResponsePlan | null {
  const query = schema.getQueryType();
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (!query || operation.operation !== 'query' || coerced === undefined) return null;
  const fragments = fragmentsOf(document);
  const byName = Object.fromEntries(fragments);
  const scope: Scope = {
    schema,
    collectSubfields: (type, nodes) => collectSubfields(schema, byName, coerced, type, nodes),
    query,
    coerced,
    fragments,
    referencedText: [...[...fragments.values()].map(print), JSON.stringify(coerced)].join('\n'),
    calls: [],
  };
  const fields = collectFields(schema, byName, coerced, query, operation.selectionSet);
  const segments = joinFields(fields, (nodes) => rootSegments(scope, nodes));
  // Without a call there is nothing to gain, and `fetchAll` would ask Keystone.
  if (segments === null || scope.calls.length === 0) return null;
  return { calls: scope.calls, segments, cost, characters: document.loc?.end ?? 0 };
}

/** What the segments of one plan share. */
interface Scope extends Compilation {
  readonly query: GraphQLObjectType;
  readonly coerced: Record<string, unknown>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The fragments and variables that a selection may refer to. */
  readonly referencedText: string;
  /** Those found so far. */
  readonly calls: CallKey[];
}

type Segments = ResponsePlan['segments'];
type Nodes = readonly FieldNode[];

/** A JSON object of the segments of each field; null when a field has none. */
function joinFields(
  fields: ReadonlyMap<string, Nodes>,
  segmentsOf: (nodes: Nodes) => Segments | null,
): Segments | null {
  const segments: (string | FieldSegment)[] = [];
  for (const [key, nodes] of fields) {
    const inner = segmentsOf(nodes);
    if (inner === null) return null;
    segments.push(`${segments.length === 0 ? '{' : ','}${JSON.stringify(key)}:`, ...inner);
  }
  return segments.length === 0 ? ['{}'] : [...segments, '}'];
}

function rootSegments(scope: Scope, nodes: Nodes): Segments | null {
  const [node] = nodes;
  const definition = scope.query.getFields().info;
  if (node?.name.value === '__typename') return [JSON.stringify(scope.query.name)];
  if (node?.name.value !== 'info' || definition === undefined) return null;
  const { region = null } = getArgumentValues(definition, node, scope.coerced);
  if (region !== null && typeof region !== 'string') return null;
  const fields = scope.collectSubfields(assertObjectType(scope.schema.getType('Info')), nodes);
  const segments = joinFields(fields, (subNodes) => infoSegments(scope, region, subNodes));
  // Without a call nothing would check that the region exists.
  return segments?.some((segment) => typeof segment !== 'string') ? segments : null;
}

function infoSegments(scope: Scope, region: string | null, nodes: Nodes): Segments | null {
  const name = nodes[0]?.name.value ?? '';
  if (name === '__typename') return ['"Info"'];
  const definition = assertObjectType(scope.schema.getType('Info')).getFields()[name];
  if (!isCallField(name) || definition === undefined) return null;
  const render = compile(definition.type, nodes, scope);
  if (render === null) return null;
  const selection = `${name}${nodes.map(selectionOf).join('')}${scope.referencedText}`;
  const callIndex = indexOfCall(scope.calls, { call: CALLS[name], region });
  return [{ name, callIndex, render, selection, list: listCostOf(scope, nodes) }];
}

function listCostOf({ schema, fragments }: Scope, nodes: Nodes): ListCost {
  let assumedItems = 1;
  const costWith = (items: number) => {
    const itemsOf = (_field: FieldNode, assumed: number) => {
      assumedItems = Math.max(assumedItems, assumed);
      return assumed > 1 ? items : 1;
    };
    const measure = createMeasure({ schema, fragments, itemsOf });
    return measure.ofSelections({ kind: Kind.SELECTION_SET, selections: nodes }, schema.getType('Info')).cost;
  };
  return { itemCost: costWith(1) - costWith(0), assumedItems };
}

/** A field's alias and conditions belong to its parent. */
function selectionOf({ selectionSet }: FieldNode): string {
  return selectionSet === undefined ? '' : print(selectionSet);
}

function indexOfCall(calls: CallKey[], { call, region }: CallKey): number {
  const index = calls.findIndex((known) => known.call === call && known.region === region);
  return index === -1 ? calls.push({ call, region }) - 1 : index;
}

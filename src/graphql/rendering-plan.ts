/** Works out from an operation which calls it needs and how the text of its answer is joined. */
import {
  assertObjectType,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  print,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { CallName } from '../glance/answers.ts';
import { type CollectSubfields, compile, type Render } from './compiled-rendering.ts';
import type { WantedCall } from './discovery.ts';

/** What a plan takes, with the nodes of its document: 150 as measured, and half as much again. */
export const PLAN_BYTES_A_CHARACTER = 225;

type Variables = Readonly<Record<string, unknown>>;

/** An operation that can be answered from its parts. */
export interface Plan {
  /** Each call once a region. */
  readonly calls: readonly WantedCall[];
  /** The text of `data` with gaps: what is constant, and in between what each field of `Info` comes to. */
  readonly pieces: readonly (string | FieldPart)[];
}

/** A field of `Info`, whose text depends on one call's answer. */
export interface FieldPart {
  readonly name: string;
  readonly key: string;
  /** Where among the plan's calls the one is that answers this field. */
  readonly callIndex: number;
  /** How to render its value; null when graphql-js must, with the document. */
  readonly compiled: Render | null;
  /** All that its text depends on beside the value: the same in whatever document it stands. */
  readonly selection: string;
  /** An operation of this field alone, on the type of `partsSchema`. */
  readonly document: DocumentNode;
  readonly variables: Variables;
}

/** The call behind each field of `Info` that a plan can answer. */
const CALLS: Readonly<Record<string, CallName>> = {
  apiVersions: 'versions',
  importMethods: 'importMethods',
  stores: 'stores',
  storesDetail: 'storesDetail',
  usage: 'usage',
};

/**
 * Fields of a store that other calls or the region decide. Rendering could not answer them, as it has neither, and would fail;
 * knowing them beforehand spares the try.
 */
const NOT_OF_STORES = new Set(['detail', 'region']);

/** Null when the operation asks for anything else, or is wrong in a way that execution will tell. */
export function planOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): Plan | null {
  const query = schema.getQueryType();
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (!query || operation.operation !== 'query' || coerced === undefined) return null;
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const byName = Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]));
  const scope: Scope = { schema, fragments, byName, operation, variables, coerced, calls: [] };
  const fields = collectFields(schema, byName, coerced, query, operation.selectionSet);
  const pieces = objectOf(fields, (_key, nodes) => rootPieces(scope, query, nodes));
  return pieces && { calls: scope.calls, pieces };
}

/** What the parts of one operation's plan share. */
interface Scope {
  readonly schema: GraphQLSchema;
  readonly fragments: readonly FragmentDefinitionNode[];
  readonly byName: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  readonly variables: Variables;
  readonly coerced: Record<string, unknown>;
  /** Those found so far. */
  readonly calls: WantedCall[];
}

type Pieces = Plan['pieces'];
type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/** A JSON object of what each field comes to, or null when any comes to null. */
function objectOf(
  fields: Fields,
  piecesOf: (key: string, nodes: readonly FieldNode[]) => Pieces | null,
): Pieces | null {
  const pieces: (string | FieldPart)[] = [];
  for (const [key, nodes] of fields) {
    const inner = piecesOf(key, nodes);
    if (inner === null) return null;
    pieces.push(`${pieces.length === 0 ? '{' : ','}${JSON.stringify(key)}:`, ...inner);
  }
  return pieces.length === 0 ? ['{}'] : [...pieces, '}'];
}

function rootPieces(scope: Scope, query: GraphQLObjectType, nodes: readonly FieldNode[]): Pieces | null {
  const [node] = nodes;
  const definition = query.getFields().info;
  if (node?.name.value === '__typename') return [JSON.stringify(query.name)];
  if (node?.name.value !== 'info' || definition === undefined) return null;
  const { region = null } = getArgumentValues(definition, node, scope.coerced);
  if (region !== null && typeof region !== 'string') return null;
  const info = assertObjectType(scope.schema.getType('Info'));
  const fields = collectSubfields(scope.schema, scope.byName, scope.coerced, info, nodes);
  const pieces = objectOf(fields, (key, subNodes) => fieldPieces(scope, region, key, subNodes));
  // Without a call nothing would look whether there is such a region.
  return pieces?.some((piece) => typeof piece !== 'string') ? pieces : null;
}

function fieldPieces(scope: Scope, region: string | null, key: string, nodes: readonly FieldNode[]): Pieces | null {
  const name = nodes[0]?.name.value ?? '';
  if (name === '__typename') return ['"Info"'];
  const { operation, fragments, variables, schema, byName, coerced } = scope;
  const call = CALLS[name];
  const definition = assertObjectType(schema.getType('Info')).getFields()[name];
  if (call === undefined || definition === undefined) return null;
  if (name === 'stores' && asksBeyondStores(scope, nodes)) return null;
  const alone = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } } as const;
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [alone, ...fragments] };
  const collect: CollectSubfields = (type, subNodes) => collectSubfields(schema, byName, coerced, type, subNodes);
  const compiled = compile(definition.type, nodes, collect);
  const selection = [name, ...nodes, ...fragments].map(textOf).join('\n') + JSON.stringify(coerced);
  return [
    { name, key, callIndex: indexOfCall(scope.calls, { call, region }), compiled, selection, document, variables },
  ];
}

/** A field's alias and conditions are its parent's matter. */
function textOf(part: string | FieldNode | FragmentDefinitionNode): string {
  if (typeof part === 'string') return part;
  if (part.kind === Kind.FRAGMENT_DEFINITION) return print(part);
  return part.selectionSet === undefined ? '' : print(part.selectionSet);
}

function indexOfCall(calls: WantedCall[], wanted: WantedCall): number {
  const index = calls.findIndex(({ call, region }) => call === wanted.call && region === wanted.region);
  return index === -1 ? calls.push(wanted) - 1 : index;
}

function asksBeyondStores({ schema, byName, coerced }: Scope, nodes: readonly FieldNode[]): boolean {
  const fields = collectSubfields(schema, byName, coerced, assertObjectType(schema.getType('ImageStore')), nodes);
  return [...fields.values()].some(([node]) => node !== undefined && NOT_OF_STORES.has(node.name.value));
}

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
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { Access } from '../keystone/access.ts';
import type { Discovery } from './discovery.ts';
import { ofCaller } from './usage.ts';

type Variables = Readonly<Record<string, unknown>>;

/** An operation that can be answered from its parts: for each root field, by response key, the part or a constant text. */
export type Plan = readonly { readonly key: string; readonly part: InfoPart | string }[];

export interface InfoPart {
  /** Null for the default region. */
  readonly region: string | null;
  readonly fields: readonly { readonly key: string; readonly field: FieldPart | string }[];
}

/** How a field of `Info` comes by its value. */
interface Source {
  readonly load: (discovery: Discovery, region: string) => Promise<object>;
  /** The value that the field's own resolver makes of the answer; null when it is the answer itself. */
  readonly complete: ((answer: object, access: Access) => object) | null;
}

const plainly = (load: Source['load']): Source => ({ load, complete: null });

const SOURCES: Readonly<Record<string, Source>> = {
  apiVersions: plainly((discovery, region) => discovery.versions.load(region)),
  importMethods: plainly((discovery, region) => discovery.importMethods.load(region)),
  stores: plainly((discovery, region) => discovery.stores.load(region)),
  storesDetail: plainly((discovery, region) => discovery.storesDetail.load(region)),
  // Shows of itself what the token opens.
  usage: {
    load: (discovery, region) => discovery.usage.load(region),
    complete: (usage, access) => ofCaller(usage, access),
  },
};

export interface FieldPart extends Source {
  /** An operation of this field alone, on the type of `partsSchema`. */
  readonly document: DocumentNode;
  readonly variables: Variables;
  readonly name: string;
  readonly key: string;
  /** By answer: the text, and for a completed value the access that it was completed with. */
  readonly texts: WeakMap<object, { readonly text: string; readonly access: Access }>;
}

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
  const scope: Scope = {
    schema,
    fragments,
    byName: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
    operation,
    variables,
    coerced,
  };
  return allOrNothing(
    [...collectFields(schema, scope.byName, coerced, query, operation.selectionSet)],
    ([key, nodes]) => {
      const part = rootPart(scope, query, nodes);
      return part === null ? null : { key, part };
    },
  );
}

/** What the parts of one operation's plan share. */
interface Scope {
  readonly schema: GraphQLSchema;
  readonly fragments: readonly FragmentDefinitionNode[];
  readonly byName: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  readonly variables: Variables;
  readonly coerced: Record<string, unknown>;
}

function rootPart(scope: Scope, query: GraphQLObjectType, nodes: readonly FieldNode[]): InfoPart | string | null {
  const [node] = nodes;
  const info = assertObjectType(scope.schema.getType('Info'));
  const definition = query.getFields().info;
  if (node?.name.value === '__typename') return JSON.stringify(query.name);
  if (node?.name.value !== 'info' || definition === undefined) return null;
  const { region = null } = getArgumentValues(definition, node, scope.coerced);
  if (region !== null && typeof region !== 'string') return null;
  const fields = allOrNothing(
    [...collectSubfields(scope.schema, scope.byName, scope.coerced, info, nodes)],
    ([key, subNodes]) => {
      const field = fieldPart(scope, key, subNodes);
      return field === null ? null : { key, field };
    },
  );
  return fields && { region, fields };
}

function fieldPart(scope: Scope, key: string, nodes: readonly FieldNode[]): FieldPart | string | null {
  const name = nodes[0]?.name.value ?? '';
  if (name === '__typename') return '"Info"';
  const source = SOURCES[name];
  if (source === undefined || (name === 'stores' && asksBeyondStores(scope, nodes))) return null;
  const alone: OperationDefinitionNode = {
    ...scope.operation,
    selectionSet: { kind: Kind.SELECTION_SET, selections: nodes },
  };
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [alone, ...scope.fragments] };
  return { ...source, document, variables: scope.variables, name, key, texts: new WeakMap() };
}

function asksBeyondStores({ schema, byName, coerced }: Scope, nodes: readonly FieldNode[]): boolean {
  const fields = collectSubfields(schema, byName, coerced, assertObjectType(schema.getType('ImageStore')), nodes);
  return [...fields.values()].some(([node]) => node !== undefined && NOT_OF_STORES.has(node.name.value));
}

function allOrNothing<In, Out>(items: readonly In[], map: (item: In) => Out | null): Out[] | null {
  const mapped: Out[] = [];
  for (const item of items) {
    const one = map(item);
    if (one === null) return null;
    mapped.push(one);
  }
  return mapped;
}

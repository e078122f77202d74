/**
 * Renders a field of `Info` once for the same selection and the same upstream bytes, and reuses the text.
 *
 * All callers of a cloud get the same bytes for most calls, and `onceByText` makes the same value of the same bytes, so a value
 * stands for its bytes here. Every caller's calls have been made with its own token before anything is looked up: what is
 * reused is work, never authority. Per field, because one caller's own usage figures must not cost the others' rendering.
 *
 * Only operations that ask for `info` and its parts come this way, and only when every call succeeded; all others, and every
 * failure, are executed by Apollo as ever, with the answers that were fetched here. The texts themselves are graphql-js's: a
 * field that is not known yet is executed by it, alone.
 */
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  assertAbstractType,
  assertObjectType,
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLObjectType,
  GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { LRUCache } from 'lru-cache';
import type { Access } from '../keystone/access.ts';
import type { GatewayContext } from './context.ts';
import type { Discovery } from './discovery.ts';
import { ofCaller } from './usage.ts';

type Variables = Readonly<Record<string, unknown>>;

/** An operation that can be answered from its parts: for each root field, by response key, the part or a constant text. */
type Plan = readonly { readonly key: string; readonly part: InfoPart | string }[];

interface InfoPart {
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

interface FieldPart extends Source {
  /** An operation of this field alone, on the type of `partsSchema`. */
  readonly document: DocumentNode;
  readonly variables: Variables;
  readonly name: string;
  readonly key: string;
  /** By answer: the text, and for a completed value the access that it was completed with. */
  readonly texts: WeakMap<object, { readonly text: string; readonly access: Access }>;
}

/** Fields of a store that other calls or the region decide: the stores' own answer does not suffice for them. */
const NOT_OF_STORES = new Set(['detail', 'region']);

/** Plans are kept up to so many bytes of their documents and variables. */
const MAX_PLANS_BYTES = 4 * 1024 * 1024;

export interface Rendering {
  readonly plugin: ApolloServerPlugin<GatewayContext>;
  /** For Apollo's `stringifyResult`: the ready text of an answer, if it came this way. */
  readyText(data: object): string | undefined;
}

export function createRendering(schema: GraphQLSchema): Rendering {
  const parts = partsSchema(schema);
  const plans = new LRUCache<string, { readonly plan: Plan | null }>({ maxSize: MAX_PLANS_BYTES });
  const ready = new WeakMap<object, string>();

  const plugin: ApolloServerPlugin<GatewayContext> = {
    requestDidStart: async () => ({
      async responseForOperation({ document, operation, queryHash, source, request, contextValue }) {
        // Apollo's types do not say so, but an unknown operation name comes this far.
        if (!operation) return null;
        const variables = request.variables ?? {};
        const key = `${queryHash} ${operation.name?.value ?? ''} ${JSON.stringify(variables)}`;
        let known = plans.get(key);
        if (known === undefined) {
          known = { plan: planOf(schema, document, operation, variables) };
          plans.set(key, known, { size: key.length + 4 * source.length });
        }
        const text = known.plan && (await render(parts, known.plan, contextValue));
        if (text === null) return null;
        const data = {};
        ready.set(data, text);
        return {
          http: { headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data } },
        };
      },
    }),
  };
  return { plugin, readyText: (data) => ready.get(data) };
}

/** Null when the operation asks for anything else, or is wrong in a way that execution will tell. */
function planOf(
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
  const info = objectType(scope.schema, 'Info');
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

/** A schema whose root is `Info` without its resolvers, so that a value that is there can be rendered by itself, at once. */
function partsSchema(schema: GraphQLSchema): GraphQLSchema {
  const fields = Object.values(objectType(schema, 'Info').getFields()).map(
    ({ name, type }) => [name, { type }] as const,
  );
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'InfoParts', fields: Object.fromEntries(fields) }),
    // Those that only an interface leads to would be missing.
    types: [...schema.getPossibleTypes(assertAbstractType(schema.getType('ImageStoreProperties')))],
  });
}

function asksBeyondStores({ schema, byName, coerced }: Scope, nodes: readonly FieldNode[]): boolean {
  const fields = collectSubfields(schema, byName, coerced, objectType(schema, 'ImageStore'), nodes);
  return [...fields.values()].some(([node]) => node !== undefined && NOT_OF_STORES.has(node.name.value));
}

function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  return assertObjectType(schema.getType(name));
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

/** The text of `data`, or null when a call failed: execution then tells how, with the answers that are there. */
async function render(parts: GraphQLSchema, plan: Plan, { discovery }: GatewayContext): Promise<string | null> {
  try {
    const access = await discovery.access();
    const texts = await Promise.all(
      plan.map(async ({ key, part }) => {
        const text = typeof part === 'string' ? part : await renderInfo(parts, part, access, discovery);
        return `${JSON.stringify(key)}:${text}`;
      }),
    );
    return `{${texts.join(',')}}`;
  } catch {
    return null;
  }
}

async function renderInfo(
  parts: GraphQLSchema,
  { region, fields }: InfoPart,
  access: Access,
  discovery: Discovery,
): Promise<string> {
  const { id } = await discovery.region(region);
  const answers = await Promise.all(
    fields.map(({ field }) => (typeof field === 'string' ? null : field.load(discovery, id))),
  );
  const texts = fields.map(({ key, field }, index) => {
    const answer = answers[index];
    const text = typeof field === 'string' ? field : answer && renderField(parts, field, answer, access);
    return `${JSON.stringify(key)}:${text}`;
  });
  return `{${texts.join(',')}}`;
}

function renderField(parts: GraphQLSchema, field: FieldPart, answer: object, access: Access): string {
  const known = field.texts.get(answer);
  if (known !== undefined && (field.complete === null || known.access === access)) return known.text;

  const value = field.complete === null ? answer : field.complete(answer, access);
  const { document, variables: variableValues } = field;
  const { data, errors } = executeSync({ schema: parts, document, variableValues, rootValue: { [field.name]: value } });
  if (errors !== undefined || !data) throw new Error('It is for execution to tell');
  const text = JSON.stringify(data[field.key]);
  field.texts.set(answer, { text, access });
  return text;
}

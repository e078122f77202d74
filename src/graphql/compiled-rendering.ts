/**
 * Renders values of types without resolvers of their own, for what is never the same twice and so can't be reused: each
 * project's usage. graphql-js took a fifth of a cold request for it. What is compiled is a selection, walked once by
 * graphql-js's own `collectSubfields`; leaves are serialized by their own types. Whatever is out of the ordinary (a resolver,
 * an argument, an interface; a value that its type does not take, a null where none may be) is left to graphql-js.
 */
import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** The JSON text of a value. @throws Error when it is for graphql-js to say what it comes to */
export type Render = (value: unknown) => string;

export type CollectSubfields = (
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
) => ReadonlyMap<string, readonly FieldNode[]>;

/** Null when graphql-js must render it. */
export function compile(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  collect: CollectSubfields,
): Render | null {
  if (isNonNullType(type)) return compileNonNull(type.ofType, nodes, collect);
  const render = compileNonNull(type, nodes, collect);
  return render && ((value) => (isNothing(value) ? 'null' : render(value)));
}

function compileNonNull(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  collect: CollectSubfields,
): Render | null {
  if (isListType(type)) {
    const render = compile(type.ofType, nodes, collect);
    return render && ((value) => `[${arrayOf(value).map(render).join(',')}]`);
  }
  if (isLeafType(type)) return (value) => textOf(type.serialize(present(value)));
  return isObjectType(type) ? compileObject(type, nodes, collect) : null;
}

function compileObject(type: GraphQLObjectType, nodes: readonly FieldNode[], collect: CollectSubfields): Render | null {
  const definitions = type.getFields();
  const parts: { readonly before: string; readonly name: string; readonly render: Render }[] = [];
  for (const [key, subNodes] of collect(type, nodes)) {
    const name = subNodes[0]?.name.value ?? '';
    const definition = definitions[name];
    const before = `${parts.length === 0 ? '{' : ','}${JSON.stringify(key)}:`;
    if (name === '__typename') {
      parts.push({ before, name, render: () => JSON.stringify(type.name) });
      continue;
    }
    const isOrdinary = definition !== undefined && definition.resolve === undefined && definition.args.length === 0;
    const render = isOrdinary ? compile(definition.type, subNodes, collect) : null;
    if (render === null) return null;
    parts.push({ before, name, render });
  }
  if (parts.length === 0) return () => '{}';
  return (value) => {
    const object = objectOf(value);
    let text = '';
    for (const { before, name, render } of parts) text += before + render(object[name]);
    return `${text}}`;
  };
}

const isNothing = (value: unknown) => value === null || value === undefined;

function present(value: unknown): unknown {
  if (isNothing(value)) throw new Error('null');
  return value;
}

function textOf(serialized: unknown): string {
  return JSON.stringify(present(serialized));
}

function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('no list');
  return value;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new Error('no object');
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

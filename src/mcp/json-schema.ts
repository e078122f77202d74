/** JSON Schema of what an operation selects, from the types and descriptions of the GraphQL schema. */
import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** The part of JSON Schema (2020-12) that is used here. */
export interface JsonSchema {
  readonly type?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  Int: { type: 'integer' },
  SafeInt: { type: 'integer' },
  DateTime: { type: 'string', format: 'date-time' },
  JSONObject: { type: 'object' },
};

/** @param selection of fields, without aliases and fragments */
export function objectSchema(
  type: GraphQLObjectType | GraphQLInterfaceType,
  selection: SelectionSetNode,
): Required<Pick<JsonSchema, 'type' | 'properties' | 'required'>> {
  const properties: Record<string, JsonSchema> = {};
  for (const node of selection.selections) {
    const name = node.kind === Kind.FIELD ? node.name.value : '';
    const field = type.getFields()[name];
    if (node.kind !== Kind.FIELD || field === undefined) throw new Error(`${type.name} has no field "${name}"`);
    const schema = valueSchema(field.type, node.selectionSet);
    properties[name] = field.description ? { ...schema, description: field.description.replaceAll('\n', ' ') } : schema;
  }
  return { type: 'object', properties, required: Object.keys(properties) };
}

function valueSchema(type: GraphQLOutputType, selection: SelectionSetNode | undefined): JsonSchema {
  return isNonNullType(type) ? nonNullSchema(type.ofType, selection) : orNull(nonNullSchema(type, selection));
}

function nonNullSchema(type: GraphQLOutputType, selection: SelectionSetNode | undefined): JsonSchema {
  if (isListType(type)) return { type: 'array', items: valueSchema(type.ofType, selection) };
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) };
  if ((isObjectType(type) || isInterfaceType(type)) && selection) return objectSchema(type, selection);
  const scalar = SCALARS[String(type)];
  if (scalar === undefined) throw new Error(`The type ${type} has no JSON Schema`);
  return scalar;
}

/** Not by a list of types, which some models' dialects of JSON Schema lack. */
export function orNull(schema: JsonSchema): JsonSchema {
  const { description, ...rest } = schema;
  return { ...(description && { description }), anyOf: [rest, { type: 'null' }] };
}

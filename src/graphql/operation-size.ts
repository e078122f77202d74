/**
 * The size of an operation, as it is executed: a fragment counts at each spread. Each fragment is measured once, so that nested
 * fragments are measured in linear time. Documents are measured before they are validated.
 */
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { type Field, fieldCostOf } from './field-costs.ts';

/** The size of a part of an operation. */
export interface Size {
  readonly depth: number;
  /** The depth below `__schema` and `__type`, which have a limit of their own: introspection queries are deep. */
  readonly introspectionDepth: number;
  /** How many levels of `info` there are. `info` is the only field that can select itself again. */
  readonly infoDepth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly directives: number;
  readonly rootFields: number;
  readonly representations: number;
  /** About the fields of the response: the weights of fields, times the sizes of lists. */
  readonly cost: number;
}

export interface SizeScope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** How many items a field has; as assumed if it is left out. @param assumed by the schema: 1 for a field that is not a list */
  readonly itemsOf?: (field: FieldNode, assumed: number) => number;
}

type Type = GraphQLNamedType | null | undefined;

export interface Measure {
  /** @param definition an operation or a fragment */
  ofDefinition(definition: OperationDefinitionNode | FragmentDefinitionNode): Size;
  ofSelections(set: SelectionSetNode | undefined, type: Type): Size;
}

const EMPTY: Size = {
  depth: 0,
  introspectionDepth: 0,
  infoDepth: 0,
  aliases: 0,
  fields: 0,
  directives: 0,
  rootFields: 0,
  representations: 0,
  cost: 0,
};

export function createMeasure({ schema, fragments, itemsOf = (_field, assumed) => assumed }: SizeScope): Measure {
  const measured = new Map<string, Size>();

  function ofSelections(set: SelectionSetNode | undefined, type: Type): Size {
    return (set?.selections ?? []).reduce((size, selection) => sum(size, ofSelection(selection, type)), EMPTY);
  }

  function ofSelection(selection: SelectionNode, type: Type): Size {
    const directives = directivesOf(selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sum(directives, ofFragment(selection.name.value));
    if (selection.kind === Kind.FIELD) return sum(directives, ofField(selection, fieldOf(schema, type, selection)));
    const { typeCondition, selectionSet } = selection;
    return sum(directives, ofSelections(selectionSet, typeCondition ? schema.getType(typeCondition.name.value) : type));
  }

  function ofField(node: FieldNode, field: Field | undefined): Size {
    const inner = ofSelections(node.selectionSet, field && getNamedType(field.type));
    const name = node.name.value;
    const isIntrospection = name === '__schema' || name === '__type';
    const { weight, items: assumed } = fieldCostOf(field);
    const items = itemsOf(node, assumed);
    return {
      depth: isIntrospection ? 1 : inner.depth + 1,
      introspectionDepth: isIntrospection ? inner.depth + 1 : inner.introspectionDepth,
      infoDepth: inner.infoDepth + (name === 'info' ? 1 : 0),
      aliases: inner.aliases + (node.alias === undefined ? 0 : 1),
      fields: inner.fields + 1,
      directives: inner.directives,
      rootFields: 1,
      representations: inner.representations + (name === '_entities' ? items : 0),
      cost: items * (weight + inner.cost),
    };
  }

  function ofFragment(name: string): Size {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // Ends the recursion for a fragment that spreads itself, which validation rejects.
    measured.set(name, EMPTY);
    const fragment = fragments.get(name);
    const size = fragment === undefined ? EMPTY : ofDefinition(fragment);
    measured.set(name, size);
    return size;
  }

  function ofDefinition(definition: OperationDefinitionNode | FragmentDefinitionNode): Size {
    const type =
      definition.kind === Kind.FRAGMENT_DEFINITION
        ? schema.getType(definition.typeCondition.name.value)
        : schema.getRootType(definition.operation);
    return sum(directivesOf(definition), ofSelections(definition.selectionSet, type));
  }

  return { ofDefinition, ofSelections };
}

function fieldOf(schema: GraphQLSchema, type: Type, { name: { value: name } }: FieldNode): Field | undefined {
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  if (type === schema.getQueryType() && name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (type === schema.getQueryType() && name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return type.getFields()[name];
}

function directivesOf({ directives = [] }: { readonly directives?: readonly DirectiveNode[] | undefined }): Size {
  return { ...EMPTY, directives: directives.length };
}

/** The size of two parts at the same level. */
function sum(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    infoDepth: Math.max(a.infoDepth, b.infoDepth),
    aliases: a.aliases + b.aliases,
    fields: a.fields + b.fields,
    directives: a.directives + b.directives,
    rootFields: a.rootFields + b.rootFields,
    representations: a.representations + b.representations,
    cost: a.cost + b.cost,
  };
}

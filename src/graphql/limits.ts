/**
 * Limits on the size of an operation, in addition to the parser's limit of tokens. Fields are counted as they are executed: a fragment
 * counts at each spread. Each fragment is measured once, so that nested fragments are counted in linear time.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import type { GatewayContext } from './context.ts';
import { fragmentsOf } from './fragments.ts';

/** The size of a part of a document. */
interface Size {
  readonly depth: number;
  /** The depth below `__schema` and `__type`, which have a limit of their own: introspection queries are deep. */
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly directives: number;
  readonly rootFields: number;
}

/** GraphiQL's introspection, the largest document in use, is 13 levels deep. */
export const LIMITS: Size = {
  depth: 12,
  introspectionDepth: 16,
  aliases: 100,
  fields: 1000,
  directives: 50,
  rootFields: 20,
};

/** The words around the value in an error message. */
const DESCRIPTIONS: readonly (readonly [limit: keyof Size, verb: string, unit: string])[] = [
  ['depth', 'is', 'levels deep'],
  ['introspectionDepth', 'is', 'levels deep in its introspection'],
  ['aliases', 'has', 'aliases'],
  ['fields', 'has', 'fields'],
  ['directives', 'has', 'directives'],
  ['rootFields', 'has', 'root fields'],
];

/** With `INTROSPECTION=0` Apollo Server rejects `__schema` and `__type`, and this rule `_service`, which returns the SDL. */
export const disableSdl: ValidationRule = (context) => ({
  Field(field) {
    if (field.name.value !== '_service') return;
    context.reportError(new GraphQLError('Introspection is switched off (INTROSPECTION=0).', { nodes: field }));
  },
});

/** The size of a request's variables as JSON. A router's 900 references to stores are some 60 kB. */
export const MAX_VARIABLES_CHARACTERS = 65_536;

export const variablesSizePlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async didResolveOperation({ request: { variables = {} } }) {
      const size = JSON.stringify(variables).length;
      if (size <= MAX_VARIABLES_CHARACTERS) return;
      throw new GraphQLError(
        `The variables have ${size} characters as JSON; the limit is ${MAX_VARIABLES_CHARACTERS}.`,
        { extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT, http: { status: 400 } } },
      );
    },
  }),
};

const EMPTY: Size = { depth: 0, introspectionDepth: 0, aliases: 0, fields: 0, directives: 0, rootFields: 0 };

/** Reports one error for each limit that an operation exceeds, with the limit and the value. */
export const operationLimits: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const size = sizeOf(context.getDocument(), operation);
    for (const [limit, verb, unit] of DESCRIPTIONS) {
      if (size[limit] <= LIMITS[limit]) continue;
      const value = `${verb} ${size[limit]} ${unit}`;
      const message = `The operation ${value} with its fragments spread; the limit is ${LIMITS[limit]}.`;
      context.reportError(new GraphQLError(message, { nodes: operation }));
    }
  },
});

function sizeOf(document: DocumentNode, operation: OperationDefinitionNode): Size {
  const fragments = fragmentsOf(document);
  const measured = new Map<string, Size>();

  function sizeOfSelections(set: SelectionSetNode | undefined): Size {
    return (set?.selections ?? []).reduce((size, selection) => sum(size, sizeOfSelection(selection)), EMPTY);
  }

  function sizeOfSelection(selection: SelectionNode): Size {
    const directives = directivesOf(selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sum(directives, sizeOfFragment(selection.name.value));
    const inner = sizeOfSelections(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return sum(directives, inner);
    const isIntrospection = selection.name.value === '__schema' || selection.name.value === '__type';
    return {
      depth: isIntrospection ? 1 : inner.depth + 1,
      introspectionDepth: isIntrospection ? inner.depth + 1 : inner.introspectionDepth,
      aliases: inner.aliases + (selection.alias === undefined ? 0 : 1),
      fields: inner.fields + 1,
      directives: inner.directives + directives.directives,
      rootFields: 1,
    };
  }

  function sizeOfFragment(name: string): Size {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // Ends the recursion for a fragment that spreads itself, which another rule rejects.
    measured.set(name, EMPTY);
    const size = sizeOfSelections(fragments.get(name)?.selectionSet);
    measured.set(name, size);
    return size;
  }

  return sum(directivesOf(operation), sizeOfSelections(operation.selectionSet));
}

function directivesOf({
  directives = [],
}: ASTNode & { readonly directives?: readonly DirectiveNode[] | undefined }): Size {
  return { ...EMPTY, directives: directives.length };
}

/** The size of two parts at the same level. */
function sum(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    aliases: a.aliases + b.aliases,
    fields: a.fields + b.fields,
    directives: a.directives + b.directives,
    rootFields: a.rootFields + b.rootFields,
  };
}

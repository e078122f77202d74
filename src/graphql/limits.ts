/**
 * How large a document may be, beyond its tokens. Everything is counted as it will be executed: with its fragments spread, each
 * time that they are. A fragment is measured once, so that a bomb of them costs no more to count than to send.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import type { GatewayContext } from './context.ts';

/** What a part of a document comes to. */
interface Size {
  readonly depth: number;
  /** Levels below `__schema` and `__type`, whose lists of lists are deep by nature. */
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly directives: number;
  readonly rootFields: number;
}

/** The most that each may be. GraphiQL's introspection, the largest document in use, is 13 levels deep. */
export const LIMITS: Size = {
  depth: 12,
  introspectionDepth: 16,
  aliases: 100,
  fields: 1000,
  directives: 50,
  rootFields: 20,
};

const SENTENCES: readonly (readonly [limit: keyof Size, words: string])[] = [
  ['depth', 'levels deep'],
  ['introspectionDepth', 'levels deep in its introspection'],
  ['aliases', 'aliases large'],
  ['fields', 'fields large'],
  ['directives', 'directives large'],
  ['rootFields', 'fields large at its root'],
];

/** `INTROSPECTION=0`: the SDL is told to nobody, whom Apollo tells no `__schema` either. */
export const noSdl: ValidationRule = (context) => ({
  Field(field) {
    if (field.name.value !== '_service') return;
    context.reportError(new GraphQLError('Introspection is switched off (INTROSPECTION=0).', { nodes: field }));
  },
});

/** The most that the variables of a request may have, as JSON. A router's 900 references to stores are some 60 kB. */
export const MAX_VARIABLES_CHARACTERS = 65_536;

export const smallVariables: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async didResolveOperation({ request: { variables = {} } }) {
      const size = JSON.stringify(variables).length;
      if (size <= MAX_VARIABLES_CHARACTERS) return;
      throw new GraphQLError(
        `The variables have ${size} characters as JSON; ${MAX_VARIABLES_CHARACTERS} are accepted.`,
        { extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT, http: { status: 400 } } },
      );
    },
  }),
};

const NOTHING: Size = { depth: 0, introspectionDepth: 0, aliases: 0, fields: 0, directives: 0, rootFields: 0 };

/** One error for each limit that an operation is beyond, with the limit and the value. */
export const withinLimits: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const size = sizeOf(context.getDocument(), operation);
    for (const [limit, words] of SENTENCES) {
      if (size[limit] <= LIMITS[limit]) continue;
      const message = `The operation is ${size[limit]} ${words} with its fragments spread; ${LIMITS[limit]} are accepted.`;
      context.reportError(new GraphQLError(message, { nodes: operation }));
    }
  },
});

function sizeOf(document: DocumentNode, operation: OperationDefinitionNode): Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size>();

  function ofSelections(set: SelectionSetNode | undefined): Size {
    return (set?.selections ?? []).reduce((size, selection) => sum(size, ofSelection(selection)), NOTHING);
  }

  function ofSelection(selection: SelectionNode): Size {
    const directives = directivesOf(selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sum(directives, ofFragment(selection.name.value));
    const inner = ofSelections(selection.selectionSet);
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

  function ofFragment(name: string): Size {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // One that spreads itself is refused by another rule; here it must only come to an end.
    measured.set(name, NOTHING);
    const size = ofSelections(fragments.get(name)?.selectionSet);
    measured.set(name, size);
    return size;
  }

  return sum(directivesOf(operation), ofSelections(operation.selectionSet));
}

function directivesOf({
  directives = [],
}: ASTNode & { readonly directives?: readonly DirectiveNode[] | undefined }): Size {
  return { ...NOTHING, directives: directives.length };
}

/** Two parts side by side. */
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

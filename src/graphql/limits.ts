/** Limits on operations and their variables, in addition to the parser's limit of tokens. Beyond them there is no upstream call. */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { GatewayContext } from './context.ts';
import { MAX_COST } from './field-costs.ts';
import { fragmentsOf } from './fragments.ts';
import { createMeasure, type Size } from './operation-size.ts';

type Limit = readonly [name: keyof Size, most: number, describe: (value: number) => string];

/** Validation compares fields of one name in pairs: it takes quadratic time. */
const FIELDS: Limit = ['fields', 500, (value) => `has ${value} fields`];

/** The limits of each operation of a document. */
const DOCUMENT_LIMITS: readonly Limit[] = [
  ['depth', 12, (value) => `is ${value} levels deep`],
  // GraphiQL's introspection, the largest document in use, is 13 levels deep.
  ['introspectionDepth', 16, (value) => `is ${value} levels deep in its introspection`],
  ['infoDepth', 1, (value) => `selects ${value} levels of \`info\``],
  ['aliases', 100, (value) => `has ${value} aliases`],
  FIELDS,
  ['directives', 50, (value) => `has ${value} directives`],
  ['rootFields', 20, (value) => `has ${value} root fields`],
];

/** The limits of an operation with its variables. */
const OPERATION_LIMITS: readonly Limit[] = [
  ['representations', 1000, (value) => `has ${value} representations`],
  ['cost', MAX_COST, (value) => `has a cost of ${value}`],
];

/** With `INTROSPECTION=0` Apollo Server rejects `__schema` and `__type`, and this rule `_service`, which returns the SDL. */
export const disableSdl: ValidationRule = (context) => ({
  Field(field) {
    if (field.name.value !== '_service') return;
    context.reportError(new GraphQLError('Introspection is switched off (INTROSPECTION=0).', { nodes: field }));
  },
});

/**
 * Reports one error for each limit that the document exceeds, with the limit and the value. All other rules then get an empty document,
 * because some of them take quadratic time.
 */
export const documentLimits: ValidationRule = (context) => ({
  Document: (document) => (isWithinLimits(context, document) ? undefined : EMPTY_DOCUMENT),
});

const EMPTY_DOCUMENT: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

function isWithinLimits(context: ValidationContext, document: DocumentNode): boolean {
  const fragments = fragmentsOf(document);
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const measure = createMeasure({ schema: context.getSchema(), fragments });
  // Fragments too: the other rules also visit those that are not spread.
  for (const definition of [...operations, ...fragments.values()]) {
    const isFragment = definition.kind === Kind.FRAGMENT_DEFINITION;
    const [subject, limits] = isFragment ? ['A fragment', [FIELDS]] : ['The operation', DOCUMENT_LIMITS];
    const problems = problemsOf(subject, measure.ofDefinition(definition), limits);
    for (const problem of problems) context.reportError(new GraphQLError(problem, { nodes: definition }));
    if (problems.length > 0) return false;
  }
  return true;
}

function problemsOf(subject: string, size: Size, limits: readonly Limit[]): readonly string[] {
  return limits
    .filter(([name, most]) => size[name] > most)
    .map(
      ([name, most, describe]) => `${subject} ${describe(size[name])} with its fragments spread; the limit is ${most}.`,
    );
}

type Variables = Readonly<Record<string, unknown>>;

/** The size of a request's variables as JSON. A router's 900 references to stores are some 60 kB. */
const MAX_VARIABLES_CHARACTERS = 65_536;

/** Rejects an operation when its variables or its cost exceed the limit. */
export const operationLimitsPlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async didResolveOperation({ schema, document, operation, request: { variables = {} }, contextValue }) {
      const characters = JSON.stringify(variables).length;
      if (characters > MAX_VARIABLES_CHARACTERS) {
        throw limitError(
          `The variables have ${characters} characters as JSON; the limit is ${MAX_VARIABLES_CHARACTERS}.`,
        );
      }
      // Apollo Server's types do not say so, but an unknown operation name gets here.
      if (operation === undefined) return;
      const size = createMeasure({
        schema,
        fragments: fragmentsOf(document),
        itemsOf: (field, assumed) =>
          field.name.value === '_entities' ? representationsOf(field, operation, variables) : assumed,
      }).ofDefinition(operation);
      const [problem] = problemsOf('The operation', size, OPERATION_LIMITS);
      if (problem !== undefined) throw limitError(problem);
      contextValue.operation.cost = size.cost;
    },
  }),
};

function limitError(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT, http: { status: 400 } },
  });
}

function representationsOf(
  { arguments: args = [] }: FieldNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): number {
  let value = args.find(({ name }) => name.value === 'representations')?.value;
  if (value?.kind === Kind.VARIABLE) {
    const { name } = value;
    // `constructor` is a name too.
    const list = Object.hasOwn(variables, name.value) ? variables[name.value] : undefined;
    if (list !== undefined) return Array.isArray(list) ? list.length : 1;
    value = variableDefinitions.find(({ variable }) => variable.name.value === name.value)?.defaultValue;
  }
  return value?.kind === Kind.LIST ? value.values.length : 1;
}

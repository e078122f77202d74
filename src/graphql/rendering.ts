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
import { assertAbstractType, assertObjectType, executeSync, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Access } from '../keystone/access.ts';
import type { GatewayContext } from './context.ts';
import type { Discovery } from './discovery.ts';
import { type FieldPart, type InfoPart, type Plan, planOf } from './rendering-plan.ts';

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

/** A schema whose root is `Info` without its resolvers, so that a value that is there can be rendered by itself, at once. */
function partsSchema(schema: GraphQLSchema): GraphQLSchema {
  const fields = Object.values(assertObjectType(schema.getType('Info')).getFields()).map(
    ({ name, type }) => [name, { type }] as const,
  );
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'InfoParts', fields: Object.fromEntries(fields) }),
    // Those that only an interface leads to would be missing.
    types: [...schema.getPossibleTypes(assertAbstractType(schema.getType('ImageStoreProperties')))],
  });
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

/**
 * Renders a field of `Info` once for the same selection and the same upstream bytes, and reuses the text.
 *
 * All callers of a cloud get the same bytes for most calls, and `onceByText` makes the same value of the same bytes, so a value
 * stands for its bytes here. Every caller's calls have been made with its own token before anything is looked up: what is
 * reused is work, never authority. Per field, because one caller's own usage figures must not cost the others' rendering.
 *
 * Only operations that ask for `info` and its parts come this way, and only when every call succeeded; all others, and every
 * failure, are executed by Apollo as ever, with the answers that were fetched here. A field that is not known yet is rendered
 * alone: by its compiled selection, or by graphql-js where that can't.
 */
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { assertAbstractType, assertObjectType, executeSync, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from './context.ts';
import type { AllAnswers, Discovery } from './discovery.ts';
import { createRenderedTexts, type RenderedTexts } from './rendered-texts.ts';
import { type FieldPart, PLAN_BYTES_A_CHARACTER, type Plan, planOf } from './rendering-plan.ts';
import { type Owner, ofCaller } from './usage.ts';

/** Plans are kept up to so many bytes; beyond, the longest unused goes. */
const MAX_PLANS_BYTES = 6 * 1024 * 1024;

export interface Rendering {
  readonly plugin: ApolloServerPlugin<GatewayContext>;
  /** For Apollo's `stringifyResult`: the ready text of an answer, if it came this way. */
  readyText(data: object): string | undefined;
  /** The plan that Apollo's answer to this request was made from, if it came this way. */
  planBehind(discovery: Discovery): Plan | undefined;
  /** The whole text of the answer, or null when a call failed: execution tells how, with the answers that are there. */
  render(plan: Plan, discovery: Discovery): string | null | Promise<string | null>;
}

export function createRendering(schema: GraphQLSchema): Rendering {
  const parts = partsSchema(schema);
  const texts = createRenderedTexts();
  const plans = new LRUCache<string, { readonly plan: Plan | null }>({ maxSize: MAX_PLANS_BYTES });
  const ready = new WeakMap<object, string>();
  // Not by context, which Apollo clones.
  const planned = new WeakMap<Discovery, Plan>();

  function render(plan: Plan, discovery: Discovery): string | null | Promise<string | null> {
    const all = discovery.askAll(plan.calls);
    return all instanceof Promise ? all.then((answers) => join(plan, answers)) : join(plan, all);
  }

  function join(plan: Plan, all: AllAnswers | null): string | null {
    if (all === null) return null;
    let text = '{"data":';
    for (const piece of plan.pieces) {
      const next = textOf(piece, all);
      if (next === null) return null;
      text += next;
    }
    return `${text}}\n`;
  }

  function textOf(piece: string | FieldPart, { answers, access }: AllAnswers): string | null {
    if (typeof piece === 'string') return piece;
    const answer = answers[piece.callIndex];
    return answer === undefined ? null : renderField(parts, texts, piece, answer, access);
  }

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
          plans.set(key, known, { size: 2 * key.length + PLAN_BYTES_A_CHARACTER * source.length });
        }
        const text = known.plan && (await render(known.plan, contextValue.discovery));
        if (known.plan === null || text === null) return null;
        planned.set(contextValue.discovery, known.plan);
        const data = {};
        ready.set(data, text);
        return {
          http: { headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data } },
        };
      },
    }),
  };
  return { plugin, readyText: (data) => ready.get(data), planBehind: (discovery) => planned.get(discovery), render };
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

/** Null when there is more to it than the value of the answer: execution tells what. */
function renderField(
  parts: GraphQLSchema,
  texts: RenderedTexts,
  field: FieldPart,
  answer: object,
  caller: Owner,
): string | null {
  // The usage alone shows of itself what the token opens.
  const { scope, projectId } = caller;
  const owner = field.name === 'usage' ? { scope, projectId } : null;
  const known = texts.find(field, answer, owner);
  if (known !== undefined) return known;

  const value = owner === null ? answer : ofCaller(answer, owner);
  const text = renderCompiled(field, value) ?? renderByExecution(parts, field, value);
  if (text !== null) texts.remember(field, answer, { text, owner });
  return text;
}

function renderCompiled({ compiled }: FieldPart, value: object): string | null {
  try {
    return compiled?.(value) ?? null;
  } catch {
    return null;
  }
}

function renderByExecution(parts: GraphQLSchema, field: FieldPart, value: object): string | null {
  const { document, variables: variableValues } = field;
  const { data, errors } = executeSync({ schema: parts, document, variableValues, rootValue: { [field.name]: value } });
  return errors !== undefined || !data ? null : JSON.stringify(data[field.key]);
}

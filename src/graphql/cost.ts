/**
 * What an operation may cost: its leaves, estimated before any upstream call as document × list sizes × representations. The limits on
 * the document alone do not bound what it selects from lists.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { GatewayContext } from './context.ts';
import { fragmentsOf } from './fragments.ts';

/** A response of so many leaves has about a megabyte. */
export const MAX_LEAVES = 30_000;
/** Of all `_entities` fields of an operation. */
export const MAX_REPRESENTATIONS = 1000;

/** The sizes that lists are assumed to have. Longer ones are bounded by the size of the response. */
const LIST_SIZES: Readonly<Record<string, number>> = {
  imageRegions: 10,
  apiVersions: 30,
  stores: 50,
  storesDetail: 50,
  quotas: 10,
  accessRules: 50,
};

type Variables = Readonly<Record<string, unknown>>;

export const costPlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async didResolveOperation({ document, operation, request: { variables = {} } }) {
      if (operation === undefined) return;
      const { leaves, representations, nestsInfo } = costOf(document, operation, variables);
      if (nestsInfo) throw costError('`info` is selected beneath another `info`, which is not supported.');
      if (representations > MAX_REPRESENTATIONS) {
        throw costError(`The operation has ${representations} representations; the limit is ${MAX_REPRESENTATIONS}.`);
      }
      if (leaves > MAX_LEAVES) {
        throw costError(`The operation selects about ${leaves} leaves; the limit is ${MAX_LEAVES}.`);
      }
    },
  }),
};

function costError(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT, http: { status: 400 } },
  });
}

interface Cost {
  readonly leaves: number;
  readonly representations: number;
  readonly nestsInfo: boolean;
}

/** Each fragment is measured once, inside and outside of `info`. */
function costOf(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): Cost {
  const fragments = fragmentsOf(document);
  const known = new Map<string, Cost>();

  function ofSelections(set: SelectionSetNode, isInInfo: boolean): Cost {
    let [leaves, representations, nestsInfo] = [0, 0, false];
    for (const selection of set.selections) {
      const cost = ofSelection(selection, isInInfo);
      leaves += cost.leaves;
      representations += cost.representations;
      nestsInfo ||= cost.nestsInfo;
    }
    return { leaves, representations, nestsInfo };
  }

  function ofSelection(selection: SelectionNode, isInInfo: boolean): Cost {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value, isInInfo);
    if (selection.kind === Kind.INLINE_FRAGMENT) return ofSelections(selection.selectionSet, isInInfo);
    return ofField(selection, isInInfo);
  }

  function ofField(field: FieldNode, isInInfo: boolean): Cost {
    const name = field.name.value;
    if (field.selectionSet === undefined) return { leaves: 1, representations: 0, nestsInfo: false };
    const inner = ofSelections(field.selectionSet, isInInfo || name === 'info');
    const count = name === '_entities' ? representationsOf(field, operation, variables) : 0;
    return {
      leaves: inner.leaves * (name === '_entities' ? count : (LIST_SIZES[name] ?? 1)),
      representations: inner.representations + count,
      nestsInfo: inner.nestsInfo || (isInInfo && name === 'info'),
    };
  }

  function ofFragment(name: string, isInInfo: boolean): Cost {
    const key = `${name} ${isInInfo}`;
    const fragment = fragments.get(name);
    const cost = known.get(key) ?? (fragment === undefined ? NOTHING : ofSelections(fragment.selectionSet, isInInfo));
    known.set(key, cost);
    return cost;
  }

  return ofSelections(operation.selectionSet, false);
}

const NOTHING: Cost = { leaves: 0, representations: 0, nestsInfo: false };

function representationsOf(
  { arguments: args = [] }: FieldNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): number {
  let value = args.find(({ name }) => name.value === 'representations')?.value;
  if (value?.kind === Kind.VARIABLE) {
    const { name } = value;
    const list = variables[name.value];
    if (list !== undefined) return Array.isArray(list) ? list.length : 1;
    value = variableDefinitions.find(({ variable }) => variable.name.value === name.value)?.defaultValue;
  }
  return value?.kind === Kind.LIST ? value.values.length : 1;
}

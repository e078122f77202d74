/** Responds from a plan: renders its fields, or takes what was rendered before, and joins them. */
import type { CallName, CallResults } from '../../cache/glance-calls.ts';
import type { TokenContext } from '../../cache/token-context.ts';
import { MAX_COST } from '../field-costs.ts';
import type { CallResponse, PlanResults } from '../request-services.ts';
import { isTooLarge, limitResponse } from '../response-limit.ts';
import { withProjectScope } from '../values.ts';
import type { FieldSegment, ResponsePlan } from './plan.ts';

/** The body of the response; null when a value must be executed. */
export function joinResponse({ segments, cost: estimated }: ResponsePlan, results: PlanResults): string | null {
  let cost = estimated;
  let body = '{"data":';
  for (const segment of segments) {
    if (typeof segment === 'string') {
      body += segment;
      continue;
    }
    const response = results.responses[segment.callIndex];
    if (response === undefined) return null;
    cost += Math.max(itemsIn(response.value) - segment.list.assumedItems, 0) * segment.list.itemCost;
    const json = cost > MAX_COST ? null : fieldJson(segment, response, results.context);
    if (json === null) return null;
    body += json;
    if (isTooLarge(body)) break;
  }
  return limitResponse(`${body}}\n`);
}

/** The length of the list in the value behind a field of `Info`. */
function itemsIn(value: CallResults[CallName]): number {
  if ('quotas' in value) return value.quotas.length;
  return 'value' in value ? value.value.length : value.length;
}

function fieldJson(
  { name, render, selection }: FieldSegment,
  response: CallResponse,
  { scope, projectId }: TokenContext,
): string | null {
  // Usage includes scope and project, so they are part of the key: equal figures of two projects are rendered separately.
  const key = name === 'usage' ? `${scope} ${projectId} ${selection}` : selection;
  const known = response.rendered(key);
  if (known !== undefined) return known;
  try {
    const { value } = response;
    const json = render(name === 'usage' ? withProjectScope(value, { scope, projectId }) : value);
    response.addRendered(key, json);
    return json;
  } catch {
    return null;
  }
}

/** Whether an image of some size can be uploaded, by the quotas and the stores. */
import type { TokenScope } from '../generated/graphql.ts';
import { formatAmount } from './amounts.ts';

export interface FitQuota {
  readonly name: string;
  readonly usage: number;
  readonly limit?: number | null;
  readonly remaining?: number | null;
  readonly unit: 'MEBIBYTES' | 'COUNT' | 'UNKNOWN';
}

export interface FitStore {
  readonly id: string;
  readonly default?: boolean | null;
  readonly readOnly?: boolean | null;
}

export interface Check {
  readonly isOk: boolean;
  readonly text: string;
}

/** Glance responds to tokens of other scopes too, with numbers that have no meaning. */
export const hasQuotas = (scope: TokenScope): boolean => !['UNSCOPED', 'SYSTEM', 'DOMAIN'].includes(scope);

/** The size of the largest image that fits the quotas, in MiB. Null where none limits it. */
export function largestFit(quotas: readonly FitQuota[]): number | null {
  return quotas.find(({ name }) => name === 'image_size_total')?.remaining ?? null;
}

/** @param quotas empty where the cloud enforces none */
export function checkQuotas(sizeMib: number, quotas: readonly FitQuota[]): readonly Check[] {
  return quotas.flatMap((quota) => checkQuota(sizeMib, quota) ?? []);
}

function checkQuota(sizeMib: number, { name, remaining, unit }: FitQuota): Check | null {
  // Null without a limit.
  if (remaining == null) return null;
  const left = formatAmount(remaining, unit);
  const beyond = formatAmount(sizeMib - remaining, unit);
  switch (name) {
    case 'image_size_total':
      return sizeMib <= remaining
        ? { isOk: true, text: `It fits the size quota, and leaves ${formatAmount(remaining - sizeMib, unit)} of it.` }
        : { isOk: false, text: `It exceeds the size quota by ${beyond}: ${left} are left.` };
    case 'image_stage_total':
      return sizeMib <= remaining
        ? null
        : { isOk: false, text: `It exceeds the staging quota by ${beyond}. Upload it directly, without an import.` };
    case 'image_count_total':
      return remaining > 0 ? null : { isOk: false, text: 'The quota of images is used up. Delete one first.' };
    case 'image_count_uploading':
      return remaining > 0
        ? null
        : { isOk: false, text: 'The quota of uploads in progress is used up. Wait for one to end.' };
    default:
      return null;
  }
}

/** The stores that take new images, the default one first. */
export function writableStores<Store extends FitStore>(stores: readonly Store[]): readonly Store[] {
  return stores
    .filter(({ readOnly }) => readOnly !== true)
    .sort((a, b) => Number(b.default === true) - Number(a.default === true));
}

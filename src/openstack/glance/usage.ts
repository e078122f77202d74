import type { Call } from '../call.ts';
import { DecodeError, decodeInteger, decodeObject, type JsonValue, MAX_ITEMS } from '../json.ts';

/** The quotas of the token's project. A quota that Glance does not report is null. */
export interface Usage {
  /** False when the cloud enforces no quotas: Glance then reports none. */
  readonly enabled: boolean;
  readonly imageSizeTotal: Quota | null;
  readonly imageStageTotal: Quota | null;
  readonly imageCountTotal: Quota | null;
  readonly imageCountUploading: Quota | null;
  /** All quotas, in Glance's order. */
  readonly quotas: readonly Quota[];
}

export type QuotaUnit = 'MEBIBYTES' | 'COUNT' | 'UNKNOWN';

/** A quota. `usage`, `limit` and `remaining` are in `unit`. */
export interface Quota {
  readonly name: string;
  readonly usage: number;
  /** Null when unlimited. */
  readonly limit: number | null;
  readonly unlimited: boolean;
  /** From 0 to `limit`; null when unlimited. */
  readonly remaining: number | null;
  readonly unit: QuotaUnit;
}

/**
 * `GET /v2/info/usage`, since Glance 24 "Yoga" (API 2.15). `{"usage": {}}` unless `use_keystone_limits` is on. The two sizes are in
 * whole MiB (glance/quota/keystone.py); the API reference names no unit.
 */
export const usage: Call<Usage> = {
  name: 'usage',
  path: '/v2/info/usage',
  decode(body) {
    const entries = Object.entries(decodeObject(decodeObject(body, '$').usage, 'usage'));
    if (entries.length > MAX_ITEMS) throw new DecodeError('usage', `an object of at most ${MAX_ITEMS} keys`);
    const quotas = entries.map(([name, quota]) => decodeQuota(name, quota));
    const quotaNamed = (name: string) => quotas.find((quota) => quota.name === name) ?? null;
    return {
      enabled: quotas.length > 0,
      imageSizeTotal: quotaNamed('image_size_total'),
      imageStageTotal: quotaNamed('image_stage_total'),
      imageCountTotal: quotaNamed('image_count_total'),
      imageCountUploading: quotaNamed('image_count_uploading'),
      quotas,
    };
  },
};

function decodeQuota(name: string, value: JsonValue): Quota {
  const path = `usage.${name}`;
  const quota = decodeObject(value, path);
  const used = decodeInteger(quota.usage, `${path}.usage`);
  const limit = decodeInteger(quota.limit, `${path}.limit`);
  if (limit < -1) throw new DecodeError(`${path}.limit`, '-1 (unlimited), 0 or more');
  const unlimited = limit === -1;
  return {
    name,
    usage: used,
    limit: unlimited ? null : limit,
    unlimited,
    // A negative usage makes no limit larger, nor a difference that is not a safe integer.
    remaining: unlimited ? null : Math.max(0, limit - Math.max(0, used)),
    unit: unitOf(name),
  };
}

function unitOf(name: string): QuotaUnit {
  switch (name) {
    case 'image_size_total':
    case 'image_stage_total':
      return 'MEBIBYTES';
    case 'image_count_total':
    case 'image_count_uploading':
      return 'COUNT';
    default:
      return 'UNKNOWN';
  }
}

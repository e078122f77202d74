import { type Call, onceByText } from '../upstream/call.ts';
import { decodeInteger, decodeObject, type JsonValue, WrongShape } from '../upstream/json.ts';

/** The quotas of the token's project. Those that Glance does not name are null. */
export interface Usage {
  /** False where the cloud enforces no quotas: Glance then names none. */
  readonly enabled: boolean;
  readonly imageSizeTotal: Quota | null;
  readonly imageStageTotal: Quota | null;
  readonly imageCountTotal: Quota | null;
  readonly imageCountUploading: Quota | null;
  /** All of them, in Glance's order. */
  readonly quotas: readonly Quota[];
}

export type QuotaUnit = 'MEBIBYTES' | 'COUNT' | 'UNKNOWN';

/** A quota; `usage`, `limit` and `remaining` are in `unit`. */
export interface Quota {
  readonly name: string;
  readonly usage: number;
  /** Null when unlimited. */
  readonly limit: number | null;
  readonly unlimited: boolean;
  /** Never below 0; null when unlimited. */
  readonly remaining: number | null;
  readonly unit: QuotaUnit;
}

/** Usage is mostly each project's own, and what is remembered and never comes again makes garbage dearer to collect. */
const MAX_REMEMBERED_BYTES = 16 * 1024;

/**
 * `GET /v2/info/usage`, Glance 24 "Yoga" (API 2.15). `{"usage": {}}` unless `use_keystone_limits` is on. Whole MiB for the
 * two sizes (glance/quota/keystone.py), though the API reference names no unit.
 */
export const usage: Call<Usage> = {
  name: 'usage',
  path: '/v2/info/usage',
  read: onceByText((body) => {
    const quotas = Object.entries(decodeObject(decodeObject(body, '$').usage, 'usage')).map(([name, quota]) =>
      decodeQuota(name, quota),
    );
    const named = (name: string) => quotas.find((quota) => quota.name === name) ?? null;
    return {
      enabled: quotas.length > 0,
      imageSizeTotal: named('image_size_total'),
      imageStageTotal: named('image_stage_total'),
      imageCountTotal: named('image_count_total'),
      imageCountUploading: named('image_count_uploading'),
      quotas,
    };
  }, MAX_REMEMBERED_BYTES),
};

function decodeQuota(name: string, value: JsonValue): Quota {
  const path = `usage.${name}`;
  const quota = decodeObject(value, path);
  const used = decodeInteger(quota.usage, `${path}.usage`);
  const limit = decodeInteger(quota.limit, `${path}.limit`);
  if (limit < -1) throw new WrongShape(`${path}.limit`, '-1 (unlimited), 0 or more');
  const unlimited = limit === -1;
  return {
    name,
    usage: used,
    limit: unlimited ? null : limit,
    unlimited,
    remaining: unlimited ? null : Math.max(0, limit - used),
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

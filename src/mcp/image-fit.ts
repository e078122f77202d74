/** Whether an image of a given size stays within the quotas, and where it can be stored. */
import { type JsonSchema, orNull } from './json-schema.ts';

/** Null for one that the cloud does not enforce. `remaining` is in MiB or a number of images, and null when unlimited. */
type Quota = { readonly remaining: number | null } | null;

export interface Quotas {
  readonly imageSizeTotal: Quota;
  readonly imageStageTotal: Quota;
  readonly imageCountTotal: Quota;
  readonly imageCountUploading: Quota;
}

/** What the result depends on. */
export interface FitInput {
  /** Null when the usage is unknown, or that of no project. */
  readonly quotas: Quotas | null;
  /** Null when the cloud has a single store, or the stores are unknown. */
  readonly stores: readonly { readonly id: string; readonly readOnly: boolean }[] | null;
}

export interface ImageFit {
  readonly sizeBytes: number;
  readonly fitsForUpload: boolean | null;
  readonly fitsForImport: boolean | null;
  readonly exceededQuotas: readonly string[];
  readonly writableStores: readonly string[] | null;
}

const QUOTA_NAMES = ['imageSizeTotal', 'imageStageTotal', 'imageCountTotal', 'imageCountUploading'] as const;

const MEBIBYTE = 1024 * 1024;

export const FIT_SCHEMA: JsonSchema = orNull({
  type: 'object',
  description: 'Whether an image of `sizeBytes` stays within the quotas. Null without `sizeBytes`.',
  properties: {
    sizeBytes: { type: 'integer' },
    fitsForUpload: orNull({
      type: 'boolean',
      description:
        'Whether one more image of this size in one store stays within the quotas when its data is uploaded directly. Null when the quotas are unknown. Glance checks them before an upload begins and does not stop one that then exceeds them.',
    }),
    fitsForImport: orNull({
      type: 'boolean',
      description: 'The same for an import, which stages the data first (`imageStageTotal`).',
    }),
    exceededQuotas: { type: 'array', items: { type: 'string' }, description: 'The quotas that it would exceed.' },
    writableStores: orNull({
      type: 'array',
      items: { type: 'string' },
      description:
        'The ids of the stores that accept images. Null in a cloud with a single store, or when they are unknown.',
    }),
  },
  required: ['sizeBytes', 'fitsForUpload', 'fitsForImport', 'exceededQuotas', 'writableStores'],
});

export function imageFit(sizeBytes: number, { quotas, stores }: FitInput): ImageFit {
  const sizeMib = Math.ceil(sizeBytes / MEBIBYTE);
  const needed = { imageSizeTotal: sizeMib, imageStageTotal: sizeMib, imageCountTotal: 1, imageCountUploading: 1 };
  const exceeded = QUOTA_NAMES.filter((name) => (quotas?.[name]?.remaining ?? Number.POSITIVE_INFINITY) < needed[name]);
  return {
    sizeBytes,
    fitsForUpload: quotas && exceeded.every((name) => name === 'imageStageTotal'),
    fitsForImport: quotas && exceeded.length === 0,
    exceededQuotas: exceeded,
    writableStores: stores === null ? null : stores.filter(({ readOnly }) => !readOnly).map(({ id }) => id),
  };
}

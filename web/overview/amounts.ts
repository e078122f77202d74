/** Formats the names and values of quotas. */
import type { QuotaUnit } from './generated/graphql.ts';

const BINARY = ['MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const formatter = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function formatAmount(value: number, unit: QuotaUnit): string {
  if (unit !== 'MEBIBYTES') return formatter.format(value);
  let [scaled, power] = [value, 0];
  while (scaled >= 1024 && power < BINARY.length - 1) {
    scaled /= 1024;
    power += 1;
  }
  return `${formatter.format(scaled)} ${BINARY[power]}`;
}

/** The heading for a quota such as `image_size_total`; an unknown quota keeps Glance's name. */
export function titleOf(quota: string): string {
  const titles: Readonly<Record<string, string>> = {
    image_size_total: 'Size of all images',
    image_stage_total: 'Staged for import',
    image_count_total: 'Images',
    image_count_uploading: 'Uploads in progress',
  };
  return titles[quota] ?? quota;
}

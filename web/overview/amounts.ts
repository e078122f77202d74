/** Figures as people read them. */
import type { QuotaUnit } from './generated/graphql.ts';

const BINARY = ['MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function amount(value: number, unit: QuotaUnit): string {
  if (unit !== 'MEBIBYTES') return number.format(value);
  let [scaled, power] = [value, 0];
  while (scaled >= 1024 && power < BINARY.length - 1) {
    scaled /= 1024;
    power += 1;
  }
  return `${number.format(scaled)} ${BINARY[power]}`;
}

/** `image_size_total` as a heading; what is not known yet as Glance spells it. */
export function titleOf(quota: string): string {
  const known: Readonly<Record<string, string>> = {
    image_size_total: 'Size of all images',
    image_stage_total: 'Staged for import',
    image_count_total: 'Images',
    image_count_uploading: 'Uploads under way',
  };
  return known[quota] ?? quota;
}

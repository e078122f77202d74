/** Formats the names and values of quotas and settings, and reads sizes. */
import type { QuotaUnit } from '../generated/graphql.ts';

const MIB = 2 ** 20;
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const formatter = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function formatBytes(bytes: number): string {
  let [scaled, power] = [bytes, 0];
  while (scaled >= 1024 && power < BINARY.length - 1) {
    scaled /= 1024;
    power += 1;
  }
  return `${formatter.format(scaled)} ${BINARY[power]}`;
}

export function formatAmount(value: number, unit: QuotaUnit): string {
  if (unit !== 'MEBIBYTES') return formatter.format(value);
  return value === 0 ? '0 MiB' : formatBytes(value * MIB);
}

/** For example `10 GiB` or `1.5tb`; a number alone is in GiB. Null for anything else. @returns MiB, rounded up */
export function parseSize(text: string): number | null {
  const match = /^([0-9]+(?:[.,][0-9]+)?)\s*(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text.trim());
  if (match === null) return null;
  const [, number = '', prefix] = match;
  const isBytes = /b$/i.test(text.trim()) && prefix === undefined;
  const power = isBytes ? 0 : 'kmgtp'.indexOf((prefix ?? 'g').toLowerCase()) + 1;
  return Math.ceil((Number(number.replace(',', '.')) * 1024 ** power) / MIB);
}

/** The name of a quota such as `image_size_total`; an unknown quota keeps Glance's name. */
export function titleOf(quota: string): string {
  const titles: Readonly<Record<string, string>> = {
    image_size_total: 'Size of all images',
    image_stage_total: 'Staged for import',
    image_count_total: 'Images',
    image_count_uploading: 'Uploads in progress',
  };
  return titles[quota] ?? quota;
}

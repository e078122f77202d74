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

const NUMBER = String.raw`(\d+(?:[.,]\d+)?(?:e\d{1,2})?)`;
const SIZE = new RegExp(String.raw`^${NUMBER}\s*(?:([kmgtp])(i?b?)|b|bytes?)?$`, 'i');
/** A number alone from here on is in bytes, as `ls -l` prints it. */
const MIN_BARE_BYTES = 100_000;

/**
 * A size as people enter it: `10 GiB`, `700MiB`, `1.5t`, `4.2 GB` (powers of 1000), `1e9` and `4512345088` (bytes), `10` (GiB). Null for
 * anything else.
 * @returns MiB, rounded up
 */
export function parseSize(text: string): number | null {
  const trimmed = text.trim();
  const match = SIZE.exec(trimmed);
  if (match === null) return null;
  const [, digits = '', prefix = '', unit = ''] = match;
  const number = Number(digits.replace(',', '.'));
  const isBare = /\d$/.test(trimmed);
  if (isBare && number < MIN_BARE_BYTES) return Math.ceil(number * 1024);
  const base = unit.toLowerCase() === 'b' ? 1000 : 1024;
  const power = prefix === '' ? 0 : 'kmgtp'.indexOf(prefix.toLowerCase()) + 1;
  return Math.ceil((number * base ** power) / MIB);
}

/** A parsed size, in powers of 1024. One in powers of 1000 is shown too. */
export function formatEntered(text: string, mib: number): string {
  const size = formatAmount(mib, 'MEBIBYTES');
  return /[kmgtp]b$/i.test(text.trim()) ? `${text.trim()} (${size})` : size;
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

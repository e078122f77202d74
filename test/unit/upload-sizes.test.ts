/** Sizes as people enter them, and what the overview says about them. */
import { describe, expect, test } from 'vitest';
import { formatEntered, parseSize } from '../../web/overview/amounts.ts';
import { checkQuotas, largestFit, writableStores } from '../../web/overview/upload-fit.ts';

test.each([
  ['10', 10 * 1024],
  ['10 GiB', 10 * 1024],
  ['10g', 10 * 1024],
  ['1.5 TiB', 1.5 * 1024 * 1024],
  ['1,5T', 1.5 * 1024 * 1024],
  ['700 MiB', 700],
  [' 700mib ', 700],
  ['4.2 GB', 4006],
  ['4.2gb', 4006],
  ['1e9', 954],
  ['4512345088', 4304],
  ['4512345088 bytes', 4304],
  ['512 b', 1],
  ['0', 0],
])('%s is %d MiB', (text, mib) => {
  expect(parseSize(text)).toBe(mib);
});

test.each(['', 'much', '10 apples', '-1', '1.2.3', '10 GiBB', 'GiB', '1e', '1e999', '٣'])(
  '"%s" is not a size',
  (text) => {
    expect(parseSize(text)).toBeNull();
  },
);

test('a size in powers of 1000 is shown in both', () => {
  expect(formatEntered('4.2 GB', 4006)).toBe('4.2 GB (3.9 GiB)');
  expect(formatEntered('10', 10_240)).toBe('10 GiB');
});

describe('an image of 100 MiB', () => {
  const quota = (name: string, remaining: number | null, unit: 'MEBIBYTES' | 'COUNT' = 'MEBIBYTES') => ({
    name,
    usage: 0,
    remaining,
    unit,
  });
  test.each([
    ['fits', quota('image_size_total', 100), [[true, 'It fits the size quota, and leaves 0 MiB of it.']]],
    ['does not fit', quota('image_size_total', 99), [[false, 'It exceeds the size quota by 1 MiB: 99 MiB are left.']]],
    ['has no limit', quota('image_size_total', null), []],
    ['is one too many', quota('image_count_total', 0, 'COUNT'), [[false, expect.stringContaining('used up')]]],
    ['is too large to stage', quota('image_stage_total', 50), [[false, expect.stringContaining('Upload it directly')]]],
    ['is not limited by an unknown quota', quota('another', 0), []],
  ])('%s', (_title, one, expected) => {
    expect(checkQuotas(100, [one]).map(({ isOk, text }) => [isOk, text])).toEqual(expected);
  });

  test('goes to the stores that are not read-only, the default first', () => {
    const stores = [{ id: 'a' }, { id: 'b', readOnly: true }, { id: 'c', default: true }];
    expect(writableStores(stores).map(({ id }) => id)).toEqual(['c', 'a']);
  });

  test('is compared with what is left of the size quota', () => {
    expect(largestFit([quota('image_count_total', 3, 'COUNT'), quota('image_size_total', 120)])).toBe(120);
    expect(largestFit([quota('image_size_total', null)])).toBeNull();
  });
});

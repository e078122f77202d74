import { expect, test } from 'vitest';
import { isTooLargeError, stringifyWithinLimit } from '../../src/graphql/response-limit.ts';

test('a response that is too large is not serialized', () => {
  const end = {
    toJSON() {
      throw new Error('serialized');
    },
  };
  const rows = (count: number) => ({ data: { rows: Array(count).fill('x'.repeat(1000)), end } });
  expect(isTooLargeError(stringifyWithinLimit(rows(2100)))).toBe(true);
  expect(() => stringifyWithinLimit(rows(2000))).toThrow('serialized');
});

test('escaped characters count too', () => {
  expect(isTooLargeError(stringifyWithinLimit({ data: '\u0001'.repeat(400_000) }))).toBe(true);
});

/** `npm run check:schema` finds breaking changes. */
import { describe, expect, test } from 'vitest';
import { schemaProblems } from '../../scripts/check-schema.ts';
import { loadSdl } from '../../src/graphql/schema.ts';

const sdl = loadSdl();
const changed = (from: string, to: string) => {
  if (!sdl.includes(from)) throw new Error(`the schema has no ${from}`);
  return sdl.replace(from, to);
};

test('an unchanged schema is accepted', async () => {
  expect(await schemaProblems(sdl, sdl, {})).toEqual([]);
});

describe('a breaking change', () => {
  test.each([
    ['a removed field', changed('  unlimited: Boolean!', '  unbounded: Boolean!'), 'ImageQuota.unlimited'],
    ['a field that becomes nullable', changed('value: [String!]!', 'value: [String!]'), 'ImportMethods.value'],
    ['a removed enum value', changed('  FORBIDDEN\n', '  DENIED\n'), 'Availability.FORBIDDEN'],
    ['an argument that becomes required', changed('region: ID\n', 'region: ID!\n'), 'Query.info.region'],
  ])('is found: %s', async (_title, present, path) => {
    const problems = await schemaProblems(sdl, present, {});
    expect(problems.join('\n')).toMatch(new RegExp(path));
  });

  test('is accepted when declared, and a declaration without a breaking change is not', async () => {
    const present = changed('value: [String!]!', 'value: [String!]');
    expect(await schemaProblems(sdl, present, { 'ImportMethods.value': 'a reason' })).toEqual([]);
    expect(await schemaProblems(sdl, sdl, { 'ImportMethods.value': 'a reason' })).toEqual([
      'ImportMethods.value is declared as a breaking change, but is none',
    ]);
  });

  test('is found where a removed key is used by other subgraphs', async () => {
    const problems = await schemaProblems(
      sdl,
      changed('type ImageStore @key(fields: "id region { id }")', 'type ImageStore'),
      {},
    );
    expect(problems.join('\n')).toContain('It does not compose');
  });
});

test('a new field is accepted', async () => {
  expect(
    await schemaProblems(sdl, changed('  unlimited: Boolean!', '  unlimited: Boolean!\n  "new"\n  more: Int'), {}),
  ).toEqual([]);
});

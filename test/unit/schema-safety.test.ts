import { describe, expect, test } from 'vitest';
import { schemaProblems } from '../../scripts/check-schema.ts';
import { loadSdl } from '../../src/graphql/schema.ts';

const sdl = loadSdl();
const changed = (from: string, to: string) => {
  if (!sdl.includes(from)) throw new Error(`the schema has no ${from}`);
  return sdl.replace(from, to);
};

test('the schema as it is breaks nobody', async () => {
  expect(await schemaProblems(sdl, sdl, {})).toEqual([]);
});

describe('a change that breaks is refused', () => {
  test.each([
    ['a field that is gone', changed('  unlimited: Boolean!', '  unbounded: Boolean!'), 'ImageQuota.unlimited'],
    ['a type that became nullable', changed('value: [String!]!', 'value: [String!]'), 'ImportMethods.value'],
    ['an enum value that is gone', changed('  FORBIDDEN\n', '  DENIED\n'), 'Availability.FORBIDDEN'],
    ['an argument that became required', changed('region: ID\n', 'region: ID!\n'), 'Query.info.region'],
  ])('%s', async (_title, present, path) => {
    const problems = await schemaProblems(sdl, present, {});
    expect(problems.join('\n')).toMatch(new RegExp(path));
  });

  test('unless it is declared, which then must be true', async () => {
    const present = changed('value: [String!]!', 'value: [String!]');
    expect(await schemaProblems(sdl, present, { 'ImportMethods.value': 'a reason' })).toEqual([]);
    expect(await schemaProblems(sdl, sdl, { 'ImportMethods.value': 'a reason' })).toEqual([
      'ImportMethods.value is declared to break, and does not',
    ]);
  });

  test('a key that other subgraphs need', async () => {
    const problems = await schemaProblems(
      sdl,
      changed('type ImageStore @key(fields: "id region { id }")', 'type ImageStore'),
      {},
    );
    expect(problems.join('\n')).toContain('It does not compose');
  });
});

test('a new field breaks nobody', async () => {
  expect(
    await schemaProblems(sdl, changed('  unlimited: Boolean!', '  unlimited: Boolean!\n  "new"\n  more: Int'), {}),
  ).toEqual([]);
});

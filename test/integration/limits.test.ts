/** Limits on documents and variables, and `INTROSPECTION=0`. */
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
let withoutIntrospection: TestGateway;
beforeAll(async () => {
  [gateway, withoutIntrospection] = [await startGateway(), await startGateway({ INTROSPECTION: '0' })];
});
afterAll(async () => {
  await gateway.close();
  await withoutIntrospection.close();
});

const token = 'sandbox-admin';
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const deep = (levels: number) => `${'{info{stores{region'.repeat(levels / 3)}{id}${'}}}'.repeat(levels / 3)}`;
/** Each fragment spreads the one before it twice. */
const nestedFragments = (levels: number, leaf: string) =>
  `{info{...F${levels}}} fragment F0 on Info {${leaf}} ${times(levels, (i) => `fragment F${i + 1} on Info {...F${i} ...F${i}}`)}`;

describe('a document that exceeds a limit is rejected with the limit and its value', () => {
  test.each([
    ['depth', deep(12), 'The operation is 13 levels deep with its fragments spread; the limit is 12.'],
    ['aliases', `{info{${times(101, (i) => `a${i}:__typename`)}}}`, /has 101 aliases .*; the limit is 100\./],
    ['fields at the root', `{${times(21, (i) => `a${i}:__typename`)}}`, /has 21 root fields .*; the limit is 20\./],
    ['directives', `{info{__typename ${'@skip(if:false)'.repeat(51)}}}`, /has 51 directives .*; the limit is 50\./],
    [
      'fields, multiplied by fragments',
      nestedFragments(20, 'stores{id}'),
      /fields with its fragments spread; the limit is 500\./,
    ],
    ['aliases, multiplied by fragments', nestedFragments(8, 'a:__typename'), /has 256 aliases .*; the limit is 100\./],
    [
      'a cycle of fragments',
      '{info{...A}} fragment A on Info {...B} fragment B on Info {...A}',
      /Cannot spread fragment/,
    ],
  ])('%s', async (_title, query, message) => {
    const before = process.cpuUsage();
    const { status, data, errors } = await gateway.query(query, { token });
    expect([status, data]).toEqual([200, null]);
    expect(errors.map(({ extensions }) => extensions.code)).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(errors.map((error) => error.message).join('\n')).toMatch(message);
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});

test('variables that are too large are rejected', async () => {
  const query = 'query Q($region: ID) { info(region: $region) { __typename } }';
  const { status, errors } = await gateway.query(query, { token, variables: { region: 'x'.repeat(70_000) } });
  expect([status, errors]).toEqual([
    200,
    [
      {
        message: 'The variables have 70013 characters as JSON; the limit is 65536.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ],
  ]);
});

test('a document that exceeds a limit is validated no further', async () => {
  const { errors } = await gateway.query(`{nothing info{${'stores{id} '.repeat(450)}}}`);
  expect(errors.map(({ message }) => message)).toEqual([
    'The operation has 902 fields with its fragments spread; the limit is 500.',
  ]);
});

test('documents at the limits are executed', async () => {
  for (const query of [
    '{info{stores{detail{properties{raw}}}}}',
    `{info{${times(100, (i) => `a${i}:__typename`)}}}`,
    nestedFragments(6, 'a:__typename'),
  ]) {
    expect((await gateway.query(query, { token })).errors).toEqual([]);
  }
});

test('the introspection query of GraphiQL and of code generators is executed', async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true });
  expect((await gateway.query(query)).errors).toEqual([]);
});

describe('INTROSPECTION=0', () => {
  test.each(['{__schema{queryType{name}}}', '{__type(name:"Info"){name}}', '{_service{sdl}}'])(
    'rejects %s',
    async (query) => {
      expect((await gateway.query(query)).errors).toEqual([]);
      const { data, errors } = await withoutIntrospection.query(query);
      expect([data, errors.length > 0]).toEqual([null, true]);
    },
  );

  test('suggests no field names', async () => {
    const message = async (of: TestGateway) => (await of.query('{info{store{id}}}')).errors[0]?.message;
    expect(await message(gateway)).toMatch(/Did you mean "stores"/);
    expect(await message(withoutIntrospection)).not.toMatch(/Did you mean|stores/);
  });

  test('serves queries, but neither pages nor the SDL', async () => {
    for (const path of ['/', '/graphiql', '/schema.graphql', '/subgraph.graphql'])
      expect((await withoutIntrospection.fetch(path)).status).toBe(404);
    const page = await withoutIntrospection.fetch('/graphql?query={__typename}', {
      headers: { Accept: 'text/html' },
      redirect: 'manual',
    });
    expect(page.status).not.toBe(302);
    expect((await withoutIntrospection.query('{info{stores{id}}}', { token })).errors).toEqual([]);
    expect((await withoutIntrospection.fetch('/healthz')).status).toBe(200);
  });
});

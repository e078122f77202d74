/** How large a document may be, and what is told when nobody is to know the schema. */
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
let silent: TestGateway;
beforeAll(async () => {
  [gateway, silent] = [await startGateway(), await startGateway({ INTROSPECTION: '0' })];
});
afterAll(async () => {
  await gateway.close();
  await silent.close();
});

const token = 'sandbox-admin';
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const deep = (levels: number) => `${'{info{stores{region'.repeat(levels / 3)}{id}${'}}}'.repeat(levels / 3)}`;
/** Each fragment spreads the one before it twice. */
const bomb = (levels: number, leaf: string) =>
  `{info{...F${levels}}} fragment F0 on Info {${leaf}} ${times(levels, (i) => `fragment F${i + 1} on Info {...F${i} ...F${i}}`)}`;

describe('refused, with limit and value', () => {
  test.each([
    ['depth', deep(12), 'The operation is 13 levels deep with its fragments spread; 12 are accepted.'],
    ['aliases', `{info{${times(101, (i) => `a${i}:__typename`)}}}`, /101 aliases large .* 100 are accepted/],
    ['fields at the root', `{${times(21, (i) => `a${i}:__typename`)}}`, /21 fields large at its root .* 20 are/],
    ['directives', `{info{__typename ${'@skip(if:false)'.repeat(51)}}}`, /51 directives large .* 50 are accepted/],
    ['fields by a bomb of fragments', bomb(20, 'stores{id}'), /fields large with its fragments spread; 1000 are/],
    ['aliases by a bomb of fragments', bomb(8, 'a:__typename'), /256 aliases large .* 100 are accepted/],
    [
      'a cycle of fragments',
      '{info{...A}} fragment A on Info {...B} fragment B on Info {...A}',
      /Cannot spread fragment/,
    ],
  ])('%s', async (_title, query, message) => {
    const begin = performance.now();
    const { status, data, errors } = await gateway.query(query, { token });
    expect([status, data]).toEqual([200, null]);
    expect(errors.map(({ extensions }) => extensions.code)).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(errors.map((error) => error.message).join('\n')).toMatch(message);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

test('variables are accepted up to so many characters', async () => {
  const query = 'query Q($region: ID) { info(region: $region) { __typename } }';
  const { status, errors } = await gateway.query(query, { token, variables: { region: 'x'.repeat(70_000) } });
  expect([status, errors]).toEqual([
    200,
    [
      {
        message: 'The variables have 70013 characters as JSON; 65536 are accepted.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ],
  ]);
});

test('what is as large as may be is answered', async () => {
  for (const query of [deep(9), `{info{${times(100, (i) => `a${i}:__typename`)}}}`, bomb(6, 'a:__typename')]) {
    expect((await gateway.query(query, { token })).errors).toEqual([]);
  }
});

test('the introspection of GraphiQL and of code generators is', async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true });
  expect((await gateway.query(query)).errors).toEqual([]);
});

describe('INTROSPECTION=0', () => {
  test.each(['{__schema{queryType{name}}}', '{__type(name:"Info"){name}}', '{_service{sdl}}'])(
    'refuses %s',
    async (query) => {
      expect((await gateway.query(query)).errors).toEqual([]);
      const { data, errors } = await silent.query(query);
      expect([data, errors.length > 0]).toEqual([null, true]);
    },
  );

  test('suggests nothing', async () => {
    const message = async (of: TestGateway) => (await of.query('{info{store{id}}}')).errors[0]?.message;
    expect(await message(gateway)).toMatch(/Did you mean "stores"/);
    expect(await message(silent)).not.toMatch(/Did you mean|stores/);
  });

  test('has no pages and no SDL, and answers queries', async () => {
    for (const path of ['/', '/graphiql', '/schema.graphql']) expect((await silent.fetch(path)).status).toBe(404);
    const page = await silent.fetch('/graphql?query={__typename}', {
      headers: { Accept: 'text/html' },
      redirect: 'manual',
    });
    expect(page.status).not.toBe(302);
    expect((await silent.query('{info{stores{id}}}', { token })).errors).toEqual([]);
    expect((await silent.fetch('/healthz')).status).toBe(200);
  });
});

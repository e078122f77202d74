/** The schema as code generators, editors and routers read it. */
import { buildSchema, GraphQLSchema, lexicographicSortSchema, printSchema, validateSchema } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSchema, loadSdl, toApiSdl } from '../../src/graphql/schema.ts';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

async function fetchText(path: string): Promise<string> {
  const response = await gateway.fetch(path);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  return response.text();
}

test('/schema.graphql is a schema that graphql-js builds, without anything of Federation', async () => {
  const sdl = await fetchText('/schema.graphql');
  expect(validateSchema(buildSchema(sdl))).toEqual([]);
  expect(sdl).not.toMatch(/_Any|_Entity|_Service|_entities|_service|link__|federation|@/);
});

test('/schema.graphql has each type, field and description of the executed schema', async () => {
  const served = buildSchema(await fetchText('/schema.graphql'));
  const executed = withoutFederation(createSchema(loadSdl()));
  expect(printSchema(lexicographicSortSchema(served))).toBe(printSchema(lexicographicSortSchema(executed)));
});

test('the schema for clients keeps the directives of GraphQL itself', () => {
  const sdl = toApiSdl('type Query { new: ID @tag(name: "a") old: ID @deprecated(reason: "no more") }');
  expect(sdl).toBe('type Query {\n  new: ID\n  old: ID @deprecated(reason: "no more")\n}\n');
});

test('/subgraph.graphql is the SDL of the subgraph, and `_service` returns the same schema', async () => {
  const sdl = await fetchText('/subgraph.graphql');
  expect(sdl).toBe(loadSdl());
  const { data } = await gateway.query('{_service{sdl}}');
  const withoutLayout = (text: unknown) => String(text).replaceAll(/\s+/g, ' ');
  const key = 'type ImageStore @key(fields: "id region { id }")';
  expect([withoutLayout(JSON.parse(JSON.stringify(data))._service.sdl), withoutLayout(sdl)]).toEqual([
    expect.stringContaining(key),
    expect.stringContaining(key),
  ]);
});

/** Removes what `@apollo/subgraph` adds. */
function withoutFederation(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  for (const name of ['_entities', '_service']) delete config.query?.getFields()[name];
  const types = config.types.filter(({ name }) => !/^_(?!_)|^link__|^federation__/.test(name));
  return new GraphQLSchema({ ...config, types, directives: [] });
}

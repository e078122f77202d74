/** The three queries in the schema of each kind of server, and how a query is sent. */
import type { HttpRequest } from './load.ts';

export const QUERY_NAMES = ['Q1', 'Q2', 'Q3'] as const;
export type QueryName = (typeof QUERY_NAMES)[number];
/** Q1 needs one upstream call. Q2 selects every leaf of all four. Q3 is Q2 with ten aliases of `stores`. */
export type Queries = Readonly<Record<QueryName, string>>;

const STORE = 'id description default readOnly';
const MESH_STORE = 'id description default read_only';
const QUOTA_NAMES = ['image_size_total', 'image_stage_total', 'image_count_total', 'image_count_uploading'];
const QUOTAS = QUOTA_NAMES.map((name) => `${name}{usage limit}`).join(' ');
const PROPERTIES = 'properties{data_dir chunk_size thin_provisioning}';

const tenAliases = (field: string) => Array.from({ length: 10 }, (_, index) => `s${index}: ${field}`).join(' ');

function queriesFrom(q1: string, stores: string, q2: (stores: string) => string): Queries {
  return { Q1: q1, Q2: q2(stores), Q3: q2(tenAliases(stores)) };
}

export const GATEWAY_QUERIES = queriesFrom(
  '{info{importMethods{value}}}',
  `stores{${STORE}}`,
  (stores) =>
    `{info{importMethods{description type value} ${stores} storesDetail{${STORE} type weight properties{raw}} usage{enabled quotas{name usage limit unlimited remaining unit}}}}`,
);

/** For `contenders/schema.graphql`. */
export const CONTENDER_QUERIES = queriesFrom(
  '{info{importMethods{value}}}',
  `stores{${STORE}}`,
  (stores) =>
    `{info{importMethods{description type value} ${stores} storesDetail{${STORE} type weight ${PROPERTIES}} usage{${QUOTAS}}}}`,
);

/** For the schema that GraphQL Mesh derives from `contenders/hive-mesh/openapi.json`. */
export const MESH_QUERIES = queriesFrom(
  '{importMethods{import_methods{value}}}',
  `stores{stores{${MESH_STORE}}}`,
  (stores) =>
    `{importMethods{import_methods{description type value}} ${stores} storesDetail{stores{${MESH_STORE} type weight ${PROPERTIES}}} usage{usage{${QUOTAS}}}}`,
);

export function postRequest(query: string): HttpRequest {
  return {
    method: 'POST',
    path: '/graphql',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  };
}

/** Apollo Server's CSRF prevention requires one of its headers for a GET. */
export function getRequest(query: string): HttpRequest {
  return {
    method: 'GET',
    path: `/graphql?query=${encodeURIComponent(query)}`,
    headers: { 'Apollo-Require-Preflight': 'true' },
    body: '',
  };
}

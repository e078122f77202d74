/** Glance's REST responses, and the GraphQL data expected from them, computed independently of the gateway's decoders. */
import type { GraphqlResponse } from '../gateway.ts';
import type { Service } from './processes.ts';

interface RestResponse<Body> {
  readonly status: number;
  /** Null unless the status is 200. */
  readonly body: Body | null;
  /** Null if the status is 200. */
  readonly message: string | null;
}

interface RestStore {
  id: string;
  description?: string;
  default?: string;
  'read-only'?: string;
  type: string;
  weight?: number;
  properties: Record<string, unknown>;
}

export interface Rest {
  readonly versions: RestResponse<{ versions: { id: string; status: string }[] }>;
  readonly import: RestResponse<{ 'import-methods': { description: string; type: string; value: string[] } }>;
  readonly stores: RestResponse<{ stores: RestStore[] }>;
  readonly detail: RestResponse<{ stores: RestStore[] }>;
  readonly usage: RestResponse<{ usage: Record<string, { usage: number; limit: number }> }>;
}

export async function fetchRest({ url }: Service, token: string | undefined): Promise<Rest> {
  const get = async <Data>(path: string): Promise<RestResponse<Data>> => {
    const headers = { Accept: 'application/json', ...(token !== undefined && { 'X-Auth-Token': token }) };
    const response = await fetch(url + path, { headers });
    const body = JSON.parse(await response.text());
    return response.status === 200
      ? { status: 200, body, message: null }
      : { status: response.status, body: null, message: body.message.replaceAll('<br />', '').trim() };
  };
  const [versions, methods, stores, detail, usage] = await Promise.all([
    get<Body<'versions'>>('/versions'),
    get<Body<'import'>>('/v2/info/import'),
    get<Body<'stores'>>('/v2/info/stores'),
    get<Body<'detail'>>('/v2/info/stores/detail'),
    get<Body<'usage'>>('/v2/info/usage'),
  ]);
  return { versions, import: methods, stores, detail, usage };
}

type Body<Call extends keyof Rest> = NonNullable<Rest[Call]['body']>;

export function expectedInfo(rest: Rest) {
  const store = ({ id, description, default: isDefault, 'read-only': readOnly }: RestStore) => ({
    id,
    description: description ?? null,
    default: isDefault === 'true',
    readOnly: readOnly === 'true',
  });
  return {
    apiVersions: rest.versions.body?.versions.map(({ id, status }) => ({ id, status })),
    importMethods: rest.import.body?.['import-methods'] ?? null,
    stores: rest.stores.body?.stores.map(store) ?? null,
    storesDetail:
      rest.detail.body?.stores.map((detail) => ({
        ...store(detail),
        type: detail.type,
        weight: detail.weight ?? null,
        properties: expectedProperties(detail),
      })) ?? null,
    usage: rest.usage.body && expectedUsage(rest.usage.body.usage),
    availability: {
      importMethods: expectedAvailability(rest.import),
      stores: expectedAvailability(rest.stores),
      storesDetail: expectedAvailability(rest.detail),
      usage:
        rest.usage.body && Object.keys(rest.usage.body.usage).length === 0
          ? 'UNSUPPORTED'
          : expectedAvailability(rest.usage),
    },
  };
}

function expectedProperties({ type, properties }: RestStore) {
  if (type !== 'file') return { __typename: 'OtherStoreProperties', raw: properties };
  return {
    __typename: 'FileStoreProperties',
    raw: properties,
    dataDir: properties.data_dir,
    chunkSize: properties.chunk_size,
    thinProvisioning: properties.thin_provisioning,
  };
}

function expectedUsage(usage: Record<string, { usage: number; limit: number }>) {
  const units: Record<string, string> = {
    image_size_total: 'MEBIBYTES',
    image_stage_total: 'MEBIBYTES',
    image_count_total: 'COUNT',
    image_count_uploading: 'COUNT',
  };
  return {
    enabled: Object.keys(usage).length > 0,
    scope: 'UNKNOWN',
    projectId: null,
    quotas: Object.entries(usage).map(([name, { usage: used, limit }]) => ({
      name,
      usage: used,
      limit,
      unlimited: false,
      remaining: limit - used,
      unit: units[name],
    })),
    imageSizeTotal: usage.image_size_total ?? null,
    imageStageTotal: usage.image_stage_total ?? null,
    imageCountTotal: usage.image_count_total ?? null,
    imageCountUploading: usage.image_count_uploading ?? null,
  };
}

function expectedAvailability({ status }: RestResponse<unknown>): string {
  const known: Record<number, string> = {
    200: 'AVAILABLE',
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    404: 'UNSUPPORTED',
    500: 'UNAVAILABLE',
  };
  return known[status] ?? `unexpected ${status}`;
}

const CODES: Record<number, string> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  500: 'UPSTREAM_ERROR',
};

export function expectedErrors(rest: Rest) {
  const fields = { importMethods: rest.import, stores: rest.stores, storesDetail: rest.detail, usage: rest.usage };
  return Object.entries(fields)
    .filter(([, { status }]) => status !== 200)
    .map(([field, { status, message }]) => ({ path: `info.${field}`, status, code: CODES[status], message }));
}

export function errorsOf({ errors }: GraphqlResponse) {
  return errors
    .map(({ path, message, extensions: { status, code } }) => ({ path: path?.join('.') ?? '', status, code, message }))
    .sort((a, b) => FIELD_ORDER.indexOf(a.path) - FIELD_ORDER.indexOf(b.path));
}

const FIELD_ORDER = ['info.importMethods', 'info.stores', 'info.storesDetail', 'info.usage'];

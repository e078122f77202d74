/** The gateway before real Glance servers, compared with what those say to the same token over REST. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GraphqlAnswer, startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents, startCloud } from './cloud.ts';
import { projectScope } from './keystone.ts';
import type { Service } from './processes.ts';

const EVERYTHING = `{
  info {
    apiVersions { id status }
    importMethods { description type value }
    stores { id description default readOnly }
    storesDetail {
      id description default readOnly type weight
      properties { __typename raw ... on FileStoreProperties { dataDir chunkSize thinProvisioning } }
    }
    usage {
      enabled scope projectId
      quotas { name usage limit unlimited remaining unit }
      imageSizeTotal { usage limit } imageStageTotal { usage limit } imageCountTotal { usage limit } imageCountUploading { usage limit }
    }
    availability { importMethods stores storesDetail usage }
  }
}`;

const { skip } = realComponents(missingComponents);

describe.skipIf(skip)('a real cloud', () => {
  let cloud: Cloud;
  let tokens: Record<'admin' | 'member' | 'unscoped', string>;
  const gateways = new Map<Service, TestGateway>();

  beforeAll(async () => {
    cloud = await startCloud();
    tokens = {
      admin: cloud.keystone.adminToken,
      member: await cloud.keystone.token('demo', projectScope('demo')),
      unscoped: await cloud.keystone.token('demo', 'unscoped'),
    };
    await uploadImage(cloud.multiStore, tokens.member, 3 * 1024 * 1024);
    for (const glance of [cloud.multiStore, cloud.singleStore, cloud.brokenDriver, cloud.newer]) {
      gateways.set(glance, await startGateway({ GLANCE_URL: `${glance.url}/v2/` }));
    }
  });

  afterAll(async () => {
    for (const gateway of gateways.values()) await gateway.close();
    await cloud?.[Symbol.asyncDispose]();
  });

  const ask = (glance: Service, token: string | undefined) => {
    const gateway = gateways.get(glance);
    if (gateway === undefined) throw new Error('no gateway for it');
    return gateway.query(EVERYTHING, token === undefined ? {} : { token });
  };

  const cases: [string, (cloud: Cloud) => Service, () => string | undefined][] = [
    ['Zed, several stores, admin', ({ multiStore }) => multiStore, () => tokens.admin],
    ['Zed, several stores, member', ({ multiStore }) => multiStore, () => tokens.member],
    ['Zed, several stores, unscoped token', ({ multiStore }) => multiStore, () => tokens.unscoped],
    ['Zed, several stores, no token', ({ multiStore }) => multiStore, () => undefined],
    ['Zed, several stores, wrong token', ({ multiStore }) => multiStore, () => 'gAAAAABnothing'],
    ['Zed, single store, admin', ({ singleStore }) => singleStore, () => tokens.admin],
    ['Zed, single store, member', ({ singleStore }) => singleStore, () => tokens.member],
    ['Zed, a driver that does not load, admin', ({ brokenDriver }) => brokenDriver, () => tokens.admin],
    ['Zed, a driver that does not load, member', ({ brokenDriver }) => brokenDriver, () => tokens.member],
    ['2025.1, several stores, admin', ({ newer }) => newer, () => tokens.admin],
    ['2025.1, several stores, member', ({ newer }) => newer, () => tokens.member],
    ['2025.1, several stores, no token', ({ newer }) => newer, () => undefined],
  ];

  test.each(cases)('%s: every field is what Glance says', async (_title, glanceOf, tokenOf) => {
    const glance = glanceOf(cloud);
    const [answer, rest] = [await ask(glance, tokenOf()), await askRest(glance, tokenOf())];
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ info: expectedInfo(rest) });
    expect(errorsOf(answer)).toEqual(expectedErrors(rest));
    expect(JSON.stringify([answer, [...answer.headers]])).not.toMatch(/127\.0\.0\.1|keystone uri/i);
  });

  test('the admin sees weights on 2025.1, and none on Zed', async () => {
    const weights = 'info.storesDetail.*.weight';
    expect(await ask(cloud.newer, tokens.admin)).toMatchObject({
      data: { info: { storesDetail: [{ weight: 100 }, { weight: 200 }, { weight: 0 }] } },
    });
    expect(await ask(cloud.multiStore, tokens.admin), weights).toMatchObject({
      data: { info: { storesDetail: [{ weight: null }, { weight: null }, { weight: null }] } },
    });
  });

  test('the member gets all but the detail, and the quota shows the uploaded image', async () => {
    const { data, errors } = await ask(cloud.multiStore, tokens.member);
    expect(errors.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual([
      ['info.storesDetail', 'FORBIDDEN'],
    ]);
    expect(data).toMatchObject({
      info: {
        stores: [{ id: 'reliable' }, { id: 'fast', default: true }, { id: 'archive', readOnly: true }],
        storesDetail: null,
        usage: { imageSizeTotal: { usage: 3, limit: 1000 }, imageCountTotal: { usage: 1, limit: 100 } },
      },
    });
  });

  test('a revoked token is UNAUTHENTICATED, as Glance says', async () => {
    const token = await cloud.keystone.token('demo', projectScope('demo'));
    await cloud.keystone.revoke(token);
    const [answer, rest] = [await ask(cloud.multiStore, token), await askRest(cloud.multiStore, token)];
    expect(rest.stores.status).toBe(401);
    expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(Array(4).fill('UNAUTHENTICATED'));
    expect(errorsOf(answer)).toEqual(expectedErrors(rest));
  });

  test('the request id leads from the answer to the log of Glance', async () => {
    const requestId = 'req-0c5d1d0e-8f0c-4f3a-9b39-6a1f6e2f6d0a';
    const answer = await gateways
      .get(cloud.multiStore)
      ?.query('{info{storesDetail{id}}}', { token: tokens.member, headers: { 'X-Openstack-Request-Id': requestId } });
    expect(answer?.errors[0]?.extensions.requestId).toBe(requestId);
    // Glance writes the line of a request after the answer has gone out.
    await expect.poll(() => readFileSync(cloud.multiStore.logFile, 'utf8'), { timeout: 10_000 }).toContain(requestId);
  });

  test('a wrong base path is told to be one', async () => {
    await using gateway = await startGateway({ GLANCE_URL: `${cloud.multiStore.url}/image` });
    const { errors } = await gateway.query('{info{stores{id}}}', { token: tokens.member });
    expect(errors[0]?.message).toBe(
      "The Image service's answer is 300 Multiple Choices: the path of the configured endpoint is wrong.",
    );
  });

  test('a Glance that hangs is UPSTREAM_TIMEOUT, one that goes on is asked again without help', async () => {
    await using gateway = await startGateway({ GLANCE_URL: cloud.singleStore.url, UPSTREAM_TIMEOUT_MS: '1000' });
    const code = async () =>
      (await gateway.query('{info{importMethods{value}}}', { token: tokens.member })).errors[0]?.extensions.code;
    cloud.singleStore.signal('SIGSTOP');
    expect(await code()).toBe('UPSTREAM_TIMEOUT');
    cloud.singleStore.signal('SIGCONT');
    expect(await code()).toBeUndefined();
  });
});

// What Glance says over REST, and what it should look like in GraphQL: written anew here, not with the gateway's decoders.

interface RestAnswer<Body> {
  readonly status: number;
  /** Of a 200; null otherwise. */
  readonly body: Body | null;
  /** Of any other; null otherwise. */
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

interface Rest {
  readonly versions: RestAnswer<{ versions: { id: string; status: string }[] }>;
  readonly import: RestAnswer<{ 'import-methods': { description: string; type: string; value: string[] } }>;
  readonly stores: RestAnswer<{ stores: RestStore[] }>;
  readonly detail: RestAnswer<{ stores: RestStore[] }>;
  readonly usage: RestAnswer<{ usage: Record<string, { usage: number; limit: number }> }>;
}

async function askRest({ url }: Service, token: string | undefined): Promise<Rest> {
  const get = async <Body>(path: string): Promise<RestAnswer<Body>> => {
    const headers = { Accept: 'application/json', ...(token !== undefined && { 'X-Auth-Token': token }) };
    const response = await fetch(url + path, { headers });
    const body = JSON.parse(await response.text());
    return response.status === 200
      ? { status: 200, body, message: null }
      : { status: response.status, body: null, message: body.message.replaceAll('<br />', '').trim() };
  };
  return {
    versions: await get('/versions'),
    import: await get('/v2/info/import'),
    stores: await get('/v2/info/stores'),
    detail: await get('/v2/info/stores/detail'),
    usage: await get('/v2/info/usage'),
  };
}

function expectedInfo(rest: Rest) {
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

function expectedAvailability({ status }: RestAnswer<unknown>): string {
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

function expectedErrors(rest: Rest) {
  const fields = { importMethods: rest.import, stores: rest.stores, storesDetail: rest.detail, usage: rest.usage };
  return Object.entries(fields)
    .filter(([, { status }]) => status !== 200)
    .map(([field, { status, message }]) => ({ path: `info.${field}`, status, code: CODES[status], message }));
}

function errorsOf({ errors }: GraphqlAnswer) {
  return errors
    .map(({ path, message, extensions: { status, code } }) => ({ path: path?.join('.') ?? '', status, code, message }))
    .sort((a, b) => FIELD_ORDER.indexOf(a.path) - FIELD_ORDER.indexOf(b.path));
}

const FIELD_ORDER = ['info.importMethods', 'info.stores', 'info.storesDetail', 'info.usage'];

/** So that the quotas have something to show. */
async function uploadImage({ url }: Service, token: string, bytes: number): Promise<void> {
  const image = { name: 'test', disk_format: 'raw', container_format: 'bare' };
  const created = await fetch(`${url}/v2/images`, {
    method: 'POST',
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' },
    body: JSON.stringify(image),
  });
  const { file } = JSON.parse(await created.text());
  const stored = await fetch(url + file, {
    method: 'PUT',
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/octet-stream' },
    body: Buffer.alloc(bytes),
  });
  if (stored.status !== 204) throw new Error(`uploading answered ${stored.status}`);
}

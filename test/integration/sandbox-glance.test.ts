/**
 * The sandbox's Glance is Glance 33 (2026.2), and responds as the recorded one: status, relevant headers, and the body byte for byte.
 * The recordings of older releases are the same, with the differences that are declared here.
 */
import { expect, test } from 'vitest';
import { DEMO_CLOUD, SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN, type SandboxCloud } from '../../src/sandbox/cloud.ts';
import { startSandboxGlance } from '../../src/sandbox/glance.ts';
import { recorded, recordedNames } from '../recorded.ts';

const file = (id: string) => ({
  type: 'file',
  properties: { data_dir: `/var/lib/glance/images/${id}`, chunk_size: 65536, thin_provisioning: false },
});
const RELIABLE = { id: 'reliable', description: 'Replicated across two halls', ...file('reliable'), weight: 100 };
const FAST = { id: 'fast', description: 'NVMe, single copy', default: 'true', ...file('fast'), weight: 200 };
const archive = (description: object) => ({
  id: 'archive',
  ...description,
  'read-only': 'true',
  type: 'http',
  properties: {},
  weight: 0,
});
const ARCHIVE = archive({ description: 'Read-only web mirror' });
const VOLUMES = { id: 'vol', type: 'cinder', properties: { volume_type: null, use_multipath: false } };
const SWIFT = { container: 'glance', large_object_size: 5242880000, large_object_chunk_size: 204800000 };
const QUOTA = { usage: 0, limit: 1000 };
const COUNT = { usage: 0, limit: 100 };

const MULTI_STORE: SandboxCloud = {
  importMethods: ['glance-direct', 'web-download', 'copy-image'],
  stores: [RELIABLE, FAST, ARCHIVE],
  quotas: { image_size_total: QUOTA, image_stage_total: QUOTA, image_count_total: COUNT, image_count_uploading: COUNT },
  driverBroken: false,
};
const SINGLE_STORE = { ...MULTI_STORE, stores: null, quotas: null };
const ARCHIVE_WITHOUT_DESCRIPTION = { ...MULTI_STORE, stores: [RELIABLE, FAST, archive({})] };

/** The cloud of a recording; others are recorded of `MULTI_STORE`. */
const CLOUDS: readonly (readonly [name: RegExp, cloud: SandboxCloud])[] = [
  [/singlestore/, SINGLE_STORE],
  [/^api-2\.18-33-/, ARCHIVE_WITHOUT_DESCRIPTION],
  [/-cinder-/, { ...MULTI_STORE, stores: [RELIABLE, FAST, VOLUMES] }],
  [/-swift-/, { ...MULTI_STORE, stores: [RELIABLE, FAST, { id: 'sw', type: 'swift', properties: SWIFT }] }],
  [/-s3-driver-broken-/, { ...MULTI_STORE, driverBroken: true }],
];

const PATHS: Readonly<Record<string, string>> = {
  import: '/v2/info/import',
  'post-import': '/v2/info/import',
  stores: '/v2/info/stores',
  'stores-detail': '/v2/info/stores/detail',
  usage: '/v2/info/usage',
  'unknown-path': '/v2/info/nothing',
  'versions-root': '/',
  versions: '/versions',
  healthcheck: '/healthcheck',
};

interface Case {
  readonly name: string;
  readonly cloud: SandboxCloud;
  readonly call: string;
  readonly token: string | null;
  readonly acceptsJson: boolean;
}

function caseOf(name: string): Case {
  const [, call = ''] =
    /[.-]((?:post-)?import|stores(?:-detail)?|usage|unknown-path|versions(?:-root)?|healthcheck)(?:\.accept-json)?$/.exec(
      name,
    ) ?? [];
  if (PATHS[call] === undefined) throw new Error(`no path for ${name}`);
  const [, caller = 'admin'] = /-(member|badtoken|notoken|appcred-\w+)\./.exec(name) ?? [];
  const tokens: Readonly<Record<string, string | null>> = {
    admin: SANDBOX_ADMIN_TOKEN,
    badtoken: 'wrong',
    notoken: null,
  };
  // Access rules that exclude a call have the same effect as a wrong token.
  const token = name.endsWith('appcred-narrow.import') ? 'wrong' : tokens[caller];
  return {
    name,
    cloud: CLOUDS.find(([pattern]) => pattern.test(name))?.[1] ?? MULTI_STORE,
    call,
    token: token === undefined ? SANDBOX_MEMBER_TOKEN : token,
    acceptsJson: name.endsWith('.accept-json') || name.startsWith('api-2.18-33'),
  };
}

/** The sandbox's response as an older release gives it. */
function asOf(name: string, call: string, body: string): string {
  const newest = Number(/^api-2\.(1[67])-/.exec(name)?.[1]);
  if (Number.isNaN(newest)) return body;
  if (newest === 16 && call === 'stores-detail') return body.replaceAll(/, "weight": \d+/g, '');
  if (!call.startsWith('versions')) return body;
  const entryOf = (minor: number) => new RegExp(`\\{"id": "v2\\.${minor}".*?\\}\\]\\}`).exec(body)?.[0] ?? '';
  const minors = Array.from({ length: newest + 1 }, (_, index) => newest - index);
  // Glance 29 to 32 list 2.17 after 2.8, and not first.
  if (newest === 17) minors.splice(minors.indexOf(8), 0, ...minors.splice(0, 1));
  const entries = minors.map((minor) =>
    minor === newest ? entryOf(minor).replace('SUPPORTED', 'CURRENT') : entryOf(minor),
  );
  return `{"versions": [${entries.join(', ')}]}`;
}

// The sandbox does not simulate a Keystone that is down.
const EXCLUDED = ['api-2.16-keystone-down-knowntoken.usage', 'api-2.16-keystone-down-newtoken.import'];
const GLANCE = recordedNames().filter((name) => name.startsWith('api-'));
const CASES = GLANCE.filter((name) => !EXCLUDED.includes(name)).map(caseOf);

test('all but the excluded recordings are compared', () => {
  expect(CASES.length).toBe(GLANCE.length - EXCLUDED.length);
  expect(CASES.filter(({ name }) => name.startsWith('api-2.18-33')).length).toBeGreaterThan(25);
});

test.each(CASES)('the sandbox responds as in $name', async ({ name, cloud, call, token, acceptsJson }) => {
  const sandbox = await startSandboxGlance(cloud);
  try {
    const response = await fetch(sandbox.url + PATHS[call], {
      method: call === 'post-import' ? 'POST' : 'GET',
      headers: {
        Accept: acceptsJson ? 'application/json' : '*/*',
        ...(token !== null && { 'X-Auth-Token': token }),
        ...(name.includes('long-request-id') && { 'X-Openstack-Request-Id': `req-${'x'.repeat(100)}` }),
      },
    });
    const expected = recorded(name);
    expect(response.status).toBe(expected.status);
    const ownAddress = expected.body.replaceAll(/http:\/\/(127\.0\.0\.1:\d+|glance\.example)/g, sandbox.url);
    expect(asOf(name, call, await response.text())).toBe(ownAddress);
    expect(response.headers.get('content-type')).toBe(expected.headers.get('content-type'));
    expect(response.headers.get('allow')).toBe(expected.headers.get('allow') ?? null);
    for (const header of ['x-openstack-request-id', 'www-authenticate']) {
      expect([header, response.headers.has(header)]).toEqual([header, expected.headers.has(header)]);
    }
  } finally {
    await sandbox.close();
  }
});

test('the sandbox adopts a request id as Glance does', async () => {
  const sandbox = await startSandboxGlance(DEMO_CLOUD);
  const idFor = async (id: string, path = '/v2/info/usage') => {
    const response = await fetch(sandbox.url + path, {
      headers: { 'X-Auth-Token': SANDBOX_ADMIN_TOKEN, 'X-Openstack-Request-Id': id },
    });
    return [response.status, response.headers.get('x-openstack-request-id')];
  };
  expect(await idFor('abc')).toEqual([200, 'req-abc']);
  expect(await idFor('req-1')).toEqual([200, 'req-1']);
  expect((await idFor('x'.repeat(65)))[0]).toBe(500);
  expect(await idFor('x'.repeat(65), '/v2/info/stores')).toEqual([200, null]);
  await sandbox.close();
});

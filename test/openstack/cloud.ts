/** A cloud on the loopback interface: Keystone with its users and limits, and several Glance servers. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { freePort } from '../../scripts/free-port.ts';
import { createDatabase, multiStore, startGlance } from './glance.ts';
import { type Keystone, startKeystone } from './keystone.ts';
import { PASSWORD } from './keystone-client.ts';
import type { Service } from './processes.ts';

export interface Cloud {
  readonly keystone: Keystone;
  readonly demoProject: string;
  /** Zed, several stores, quotas. RegionOne's public endpoint. */
  readonly multiStore: Service;
  /** Zed, a single store, no quotas. RegionTwo's public endpoint. */
  readonly singleStore: Service;
  /** Zed, several stores, one of them with a driver that does not load. RegionTwo's internal endpoint. */
  readonly brokenDriver: Service;
  /** 2025.1, several stores with weights, quotas. RegionOne's internal endpoint. */
  readonly newer: Service;
}

const TRIXIE = process.env.GLANCE_TRIXIE_ROOT ?? '/var/cache/glance-graphql/trixie';
const REQUIRED = [
  '/usr/bin/glance-api',
  '/usr/bin/keystone-manage',
  '/usr/bin/uwsgi',
  '/usr/bin/sqlite3',
  `${TRIXIE}/usr/bin/glance-api`,
];

/** The real components that are not installed; `test/openstack/install.sh` installs them. */
export const missingComponents = REQUIRED.filter((path) => !existsSync(path));

export async function startCloud(): Promise<Cloud & AsyncDisposable> {
  const folder = mkdtempSync('/var/tmp/glance-graphql-');
  await using started = new AsyncDisposableStack();
  started.defer(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(TRIXIE + folder, { recursive: true, force: true });
  });

  const databases = Promise.all([createDatabase(folder, null), createDatabase(folder, TRIXIE)]);
  // A failure is thrown below, when Keystone can be stopped.
  databases.catch(() => {});
  const keystone = started.use(await startKeystone(folder));
  const [multiPort, singlePort, brokenPort, newerPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const { endpoint, demoProject } = await setUp(keystone, [
    { region: 'RegionOne', interface: 'public', url: at(multiPort) },
    { region: 'RegionOne', interface: 'internal', url: `${at(newerPort)}/v2/` },
    { region: 'RegionTwo', interface: 'public', url: `${at(singlePort)}/` },
    { region: 'RegionTwo', interface: 'internal', url: at(brokenPort) },
  ]);
  const [database, newerDatabase] = await databases;
  const common = { authUrl: `${keystone.url}/v3`, root: null, limitsOf: null, database } as const;
  const broken = { ...multiStore(`${folder}/broken-driver`), obj: { type: 's3', settings: {} } };
  const glances = await Promise.allSettled([
    startGlance(folder, {
      ...common,
      name: 'multi-store',
      port: multiPort,
      stores: multiStore(`${folder}/multi-store`),
      limitsOf: endpoint,
    }),
    startGlance(folder, { ...common, name: 'single-store', port: singlePort, stores: null }),
    startGlance(folder, { ...common, name: 'broken-driver', port: brokenPort, stores: broken }),
    startGlance(folder, {
      ...common,
      name: 'newer',
      port: newerPort,
      root: TRIXIE,
      database: newerDatabase,
      stores: multiStore(`${folder}/newer`),
      limitsOf: endpoint,
    }),
  ]);
  const [multi, single, brokenDriver, newer] = glances.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return started.use(result.value);
  });
  if (!multi || !single || !brokenDriver || !newer) throw new Error('a Glance is missing');
  const all = started.move();
  return {
    keystone,
    demoProject,
    multiStore: multi,
    singleStore: single,
    brokenDriver,
    newer,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

export interface CatalogEntry {
  readonly region: string;
  readonly interface: string;
  readonly url: string;
}

/** Creates projects, users, roles, the Image endpoints, and the limits registered for the first of them. */
export async function setUp(
  { call }: Keystone,
  catalog: readonly CatalogEntry[],
): Promise<{ endpoint: string; demoProject: string }> {
  const { roles } = await call<{ roles: { id: string; name: string }[] }>('GET', '/roles');
  const role = (name: string) => roles.find((one) => one.name === name)?.id;
  const project = async (name: string) =>
    (await call<{ project: { id: string } }>('POST', '/projects', { project: { name, domain_id: 'default' } })).project
      .id;
  const user = async (name: string) => {
    const properties = { name, domain_id: 'default', password: PASSWORD };
    return (await call<{ user: { id: string } }>('POST', '/users', { user: properties })).user.id;
  };

  const [serviceProject, demoProject] = [await project('service'), await project('demo')];
  const [glance, demo] = [await user('glance'), await user('demo')];
  await call('PUT', `/projects/${serviceProject}/users/${glance}/roles/${role('admin')}`);
  await call('PUT', `/system/users/${glance}/roles/${role('reader')}`);
  await call('PUT', `/projects/${demoProject}/users/${demo}/roles/${role('member')}`);
  await call('PUT', `/projects/${demoProject}/users/${demo}/roles/${role('reader')}`);
  await call('PUT', `/domains/default/users/${demo}/roles/${role('reader')}`);

  await call('POST', '/regions', { region: { id: 'RegionTwo' } });
  const { service } = await call<{ service: { id: string } }>('POST', '/services', {
    service: { name: 'glance', type: 'image' },
  });
  const endpoints: string[] = [];
  for (const { region, interface: kind, url } of catalog) {
    const properties = { interface: kind, region_id: region, service_id: service.id, url };
    const created = await call<{ endpoint: { id: string } }>('POST', '/endpoints', { endpoint: properties });
    endpoints.push(created.endpoint.id);
  }
  const limit = (name: string, value: number) => ({
    service_id: service.id,
    region_id: 'RegionOne',
    resource_name: name,
    default_limit: value,
  });
  await call('POST', '/registered_limits', {
    registered_limits: [
      limit('image_size_total', 1000),
      limit('image_stage_total', 1000),
      limit('image_count_total', 100),
      limit('image_count_uploading', 100),
    ],
  });
  return { endpoint: endpoints[0] ?? '', demoProject };
}

/** Starts real Glance servers, from Debian 12's packages (Zed) or from a newer Debian in a separate folder. */
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { freePort } from '../../scripts/free-port.ts';
import { PASSWORD } from './keystone-client.ts';
import { run, type Service, startService } from './processes.ts';
import { startUwsgi } from './uwsgi.ts';

export interface GlanceOptions {
  /** Also the name of its folder. */
  readonly name: string;
  readonly authUrl: string;
  /** Type and settings of each store, by id; null for a single-store cloud. */
  readonly stores: Readonly<Record<string, StoreOptions>> | null;
  /** The id of the endpoint whose registered limits are enforced; null for a cloud without quotas. */
  readonly limitsOf: string | null;
  /** The root folder of another Debian whose Glance is run; null for the installed one. */
  readonly root: string | null;
  /** What `createDatabase` made for this root; it is copied. */
  readonly database: string;
  /** Whether it has no HTTP server of its own any more, from 2026.2 on. */
  readonly isWsgiOnly?: boolean;
  readonly port?: number;
}

export interface StoreOptions {
  readonly type: string;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Makes an empty database of Glance, which takes as long as the start of a server. @returns its path */
export async function createDatabase(folder: string, root: string | null): Promise<string> {
  const home = `${folder}/database`;
  const files = (root ?? '') + home;
  mkdirSync(files, { recursive: true });
  writeFileSync(`${files}/glance-api.conf`, `[database]\nconnection = sqlite:///${home}/glance.sqlite\n`);
  const [program = '', ...manage] = [...withinRoot(root), 'glance-manage', '--config-file', `${home}/glance-api.conf`];
  await run(program, [...manage, 'db_sync']);
  return `${files}/glance.sqlite`;
}

const withinRoot = (root: string | null) => (root === null ? [] : ['chroot', root]);

export async function startGlance(folder: string, options: GlanceOptions): Promise<Service> {
  const port = options.port ?? (await freePort());
  // In a chroot the same path must refer to the same files.
  const home = `${folder}/${options.name}`;
  const files = (options.root ?? '') + home;
  mkdirSync(`${files}/data`, { recursive: true });
  if (options.root !== null)
    cpSync(
      `${options.root}/usr/share/glance-common/glance-api-paste.ini`,
      `${options.root}/etc/glance/glance-api-paste.ini`,
    );
  writeFileSync(`${files}/glance-api.conf`, configuration(home, port, options));
  copyFileSync(options.database, `${files}/glance.sqlite`);
  const service = { url: `http://127.0.0.1:${port}`, readyPath: '/versions', logFile: `${files}/output.log` };
  if (options.isWsgiOnly !== true) {
    return startService(
      [...withinRoot(options.root), 'glance-api', '--config-file', `${home}/glance-api.conf`],
      service,
    );
  }
  return startUwsgi({
    ...service,
    root: options.root,
    application: ['--module', 'glance.wsgi.api:application'],
    env: { OS_GLANCE_CONFIG_DIR: home, OS_GLANCE_CONFIG_FILES: 'glance-api.conf' },
  });
}

function configuration(home: string, port: number, { stores, authUrl, limitsOf, root }: GlanceOptions): string {
  const paste = root === null ? '/usr/share/glance-common/glance-api-paste.ini' : '/etc/glance/glance-api-paste.ini';
  const credentials = `auth_url = ${authUrl}
auth_type = password
username = glance
password = ${PASSWORD}
user_domain_id = default`;
  return `[DEFAULT]
bind_host = 127.0.0.1
bind_port = ${port}
workers = 0
image_cache_dir = ${home}/cache
use_keystone_limits = ${limitsOf === null ? 'False' : 'True'}
${
  stores === null
    ? ''
    : `enabled_backends = ${Object.entries(stores)
        .map(([id, { type }]) => `${id}:${type}`)
        .join(', ')}`
}
[database]
connection = sqlite:///${home}/glance.sqlite
[glance_store]
${stores === null ? `filesystem_store_datadir = ${home}/data` : `default_backend = ${defaultStore(stores)}`}
[os_glance_staging_store]
filesystem_store_datadir = ${home}/staging
[os_glance_tasks_store]
filesystem_store_datadir = ${home}/tasks
[keystone_authtoken]
service_type = image
www_authenticate_uri = ${authUrl}
${credentials}
project_name = service
project_domain_id = default
[paste_deploy]
flavor = keystone
config_file = ${paste}
[oslo_limit]
${credentials}
system_scope = all
endpoint_id = ${limitsOf ?? ''}
region_name = RegionOne
${Object.entries(stores ?? {})
  .map(([id, { settings }]) =>
    [`[${id}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`)].join('\n'),
  )
  .join('\n')}
`;
}

function defaultStore(stores: NonNullable<GlanceOptions['stores']>): string {
  const [first = '', second = first] = Object.keys(stores);
  return second;
}

/** The stores of the recorded clouds: two directories, of which the second is the default, and a read-only mirror. */
export function multiStore(home: string): Readonly<Record<string, StoreOptions>> {
  return {
    reliable: {
      type: 'file',
      settings: {
        filesystem_store_datadir: `${home}/reliable`,
        store_description: 'Replicated across two halls',
        weight: 100,
      },
    },
    fast: {
      type: 'file',
      settings: { filesystem_store_datadir: `${home}/fast`, store_description: 'NVMe, single copy', weight: 200 },
    },
    archive: { type: 'http', settings: { store_description: 'Read-only web mirror' } },
  };
}

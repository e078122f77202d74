/** Starts a real Keystone with SQLite. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { freePort } from '../../scripts/free-port.ts';
import { issueAdminToken, type KeystoneClient, keystoneClient, PASSWORD } from './keystone-client.ts';
import { run, type Service } from './processes.ts';
import { startUwsgi } from './uwsgi.ts';

export interface Keystone extends Service, KeystoneClient {}

/** @param root the root folder of another Debian whose Keystone is run; null for the installed one */
export async function startKeystone(folder: string, root: string | null = null): Promise<Keystone> {
  const port = await freePort();
  // In a chroot the same path must refer to the same files.
  const home = `${folder}/keystone`;
  const files = (root ?? '') + home;
  for (const name of ['fernet', 'credential']) createKeys(`${files}/${name}`);
  const config = `${home}/keystone.conf`;
  writeFileSync(
    (root ?? '') + config,
    `[DEFAULT]
log_file = ${home}/keystone.log
[database]
connection = sqlite:///${home}/keystone.sqlite
[token]
provider = fernet
[fernet_tokens]
key_repository = ${home}/fernet
[fernet_receipts]
key_repository = ${home}/fernet
[credential]
key_repository = ${home}/credential
`,
  );
  const within = root === null ? [] : ['chroot', root];
  const manage = (...args: string[]) => {
    const [program = '', ...rest] = [...within, 'keystone-manage', '--config-file', config, ...args];
    return run(program, rest);
  };
  await manage('db_sync');
  // Without a write-ahead log Keystone's requests fail with "database is locked".
  await run('sqlite3', [`${files}/keystone.sqlite`, 'PRAGMA journal_mode=WAL']);
  const url = `http://127.0.0.1:${port}`;
  await manage(
    'bootstrap',
    '--bootstrap-password',
    PASSWORD,
    '--bootstrap-region-id',
    'RegionOne',
    '--bootstrap-public-url',
    `${url}/v3`,
    '--bootstrap-internal-url',
    `${url}/v3`,
    '--bootstrap-admin-url',
    `${url}/v3`,
  );

  const service = await startUwsgi({
    root,
    url,
    application:
      root === null ? ['--wsgi-file', '/usr/bin/keystone-wsgi-public'] : ['--module', 'keystone.wsgi.api:application'],
    readyPath: '/v3',
    logFile: `${files}/uwsgi.log`,
    env: { OS_KEYSTONE_CONFIG_DIR: home, OS_KEYSTONE_CONFIG_FILES: config },
  });
  return keystoneOf(service, await issueAdminToken(url));
}

/** As `keystone-manage fernet_setup` and `credential_setup` do, each of which takes seconds. */
function createKeys(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of ['0', '1']) {
    const key = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    writeFileSync(`${folder}/${name}`, key, { mode: 0o600 });
  }
}

/** A Keystone that this or another process started. */
export const keystoneOf = (service: Service, adminToken: string): Keystone => ({
  ...service,
  ...keystoneClient(service.url, adminToken),
});

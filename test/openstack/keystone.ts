/** Starts a real Keystone with SQLite, and provides the API calls that set up a cloud. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { freePort } from '../../scripts/free-port.ts';
import { run, type Service, startService } from './processes.ts';

export interface Keystone extends Service {
  readonly adminToken: string;
  /** Calls Keystone's API as its admin. @returns the response body */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Issues a token for a user with a scope. */
  token(user: string, scope: unknown): Promise<string>;
  revoke(token: string): Promise<void>;
}

export const PASSWORD = 'loopback-only';

export async function startKeystone(folder: string): Promise<Keystone> {
  const port = await freePort();
  const home = `${folder}/keystone`;
  for (const name of ['fernet', 'credential']) mkdirSync(`${home}/${name}`, { recursive: true, mode: 0o700 });
  const config = `${home}/keystone.conf`;
  writeFileSync(
    config,
    `[DEFAULT]
log_file = ${home}/keystone.log
[database]
connection = sqlite:///${home}/keystone.sqlite
[token]
provider = fernet
[fernet_tokens]
key_repository = ${home}/fernet
[credential]
key_repository = ${home}/credential
`,
  );
  const manage = (...args: string[]) => run('keystone-manage', ['--config-file', config, ...args]);
  await manage('db_sync');
  // Without a write-ahead log Keystone's requests fail with "database is locked".
  await run('sqlite3', [`${home}/keystone.sqlite`, 'PRAGMA journal_mode=WAL']);
  const owner = ['--keystone-user', 'root', '--keystone-group', 'root'];
  await manage('fernet_setup', ...owner);
  await manage('credential_setup', ...owner);
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

  const service = await startService(
    [
      'uwsgi',
      '--plugin',
      'python3',
      '--http-socket',
      `127.0.0.1:${port}`,
      '--wsgi-file',
      '/usr/bin/keystone-wsgi-public',
      '--master',
      '--processes',
      '1',
      '--lazy-apps',
      '--need-app',
      '--die-on-term',
      // uwsgi's HTTP socket closes every connection; without this header Glance may reuse a closed one.
      '--add-header',
      'Connection: close',
      '--buffer-size',
      '65535',
    ],
    {
      url,
      readyPath: '/v3',
      logFile: `${home}/uwsgi.log`,
      env: { OS_KEYSTONE_CONFIG_DIR: home, OS_KEYSTONE_CONFIG_FILES: config },
    },
  );
  const adminToken = await issueToken(url, 'admin', projectScope('admin'));
  return {
    ...service,
    adminToken,
    call: (method, path, body) => call(url, adminToken, method, path, body),
    token: (user, scope) => issueToken(url, user, scope),
    async revoke(token) {
      const response = await fetch(`${url}/v3/auth/tokens`, {
        method: 'DELETE',
        headers: { 'X-Auth-Token': adminToken, 'X-Subject-Token': token },
      });
      if (response.status !== 204) throw new Error(`the revocation failed with ${response.status}`);
    },
  };
}

export const projectScope = (name: string) => ({ project: { name, domain: { id: 'default' } } });

async function issueToken(url: string, user: string, scope: unknown): Promise<string> {
  const password = { user: { name: user, domain: { id: 'default' }, password: PASSWORD } };
  const response = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { identity: { methods: ['password'], password }, scope } }),
  });
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token for ${user}: ${await response.text()}`);
  return token;
}

async function call<T>(url: string, token: string, method: string, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${url}/v3${path}`, {
    method,
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} failed with ${response.status}: ${text}`);
  return JSON.parse(text === '' ? 'null' : text);
}

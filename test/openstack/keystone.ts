/** Starts a real Keystone with SQLite, and provides the API calls that set up a cloud. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { freePort } from '../../scripts/free-port.ts';
import { run, type Service } from './processes.ts';
import { startUwsgi } from './uwsgi.ts';

export interface Keystone extends Service {
  readonly adminToken: string;
  /** Calls Keystone's API as its admin. @returns the response body */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Issues a token for a user with a scope. */
  token(user: string, scope: unknown): Promise<string>;
  /** Issues a token for an application credential of a user in a project. */
  applicationCredentialToken(user: string, project: string, accessRules: readonly AccessRule[]): Promise<string>;
  /** Issues a token for a trust, by which `demo` lets `glance` act in its project as a member. */
  trustToken(impersonation: boolean): Promise<string>;
  revoke(token: string): Promise<void>;
}

/** An empty list of rules stands for a credential without rules. */
export interface AccessRule {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export const PASSWORD = 'loopback-only';

/** @param root the root folder of another Debian whose Keystone is run; null for the installed one */
export async function startKeystone(folder: string, root: string | null = null): Promise<Keystone> {
  const port = await freePort();
  // In a chroot the same path must refer to the same files.
  const home = `${folder}/keystone`;
  const files = (root ?? '') + home;
  for (const name of ['fernet', 'credential']) mkdirSync(`${files}/${name}`, { recursive: true, mode: 0o700 });
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

  const service = await startUwsgi({
    root,
    url,
    application:
      root === null ? ['--wsgi-file', '/usr/bin/keystone-wsgi-public'] : ['--module', 'keystone.wsgi.api:application'],
    readyPath: '/v3',
    logFile: `${files}/uwsgi.log`,
    env: { OS_KEYSTONE_CONFIG_DIR: home, OS_KEYSTONE_CONFIG_FILES: config },
  });
  const adminToken = await issueToken(url, passwordOf('admin'), projectScope('admin'));
  return {
    ...service,
    adminToken,
    call: (method, path, body) => call(url, adminToken, method, path, body),
    token: (user, scope) => issueToken(url, passwordOf(user), scope),
    async applicationCredentialToken(user, project, accessRules) {
      const owner = await issueToken(url, passwordOf(user), projectScope(project));
      const self = await call<{ token: { user: { id: string } } }>(url, owner, 'GET', '/auth/tokens', undefined, {
        'X-Subject-Token': owner,
      });
      const properties = {
        name: `credential-${accessRules.map(({ path }) => path).join(' ')}`,
        secret: PASSWORD,
        ...(accessRules.length > 0 && { access_rules: accessRules }),
      };
      const path = `/users/${self.token.user.id}/application_credentials`;
      const created = await call<{ application_credential: { id: string } }>(url, owner, 'POST', path, {
        application_credential: properties,
      });
      const credential = { id: created.application_credential.id, secret: PASSWORD };
      return issueToken(url, { methods: ['application_credential'], application_credential: credential });
    },
    async trustToken(impersonation) {
      const trustor = await issueToken(url, passwordOf('demo'), projectScope('demo'));
      const { users } = await call<{ users: { id: string; name: string }[] }>(url, adminToken, 'GET', '/users');
      const { projects } = await call<{ projects: { id: string }[] }>(url, trustor, 'GET', '/auth/projects');
      const idOf = (user: string) => users.find(({ name }) => name === user)?.id;
      const properties = {
        impersonation,
        project_id: projects[0]?.id,
        roles: [{ name: 'member' }],
        trustor_user_id: idOf('demo'),
        trustee_user_id: idOf('glance'),
      };
      const created = await call<{ trust: { id: string } }>(url, trustor, 'POST', '/OS-TRUST/trusts', {
        trust: properties,
      });
      return issueToken(url, passwordOf('glance'), { 'OS-TRUST:trust': { id: created.trust.id } });
    },
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

const passwordOf = (user: string) => ({
  methods: ['password'],
  password: { user: { name: user, domain: { id: 'default' }, password: PASSWORD } },
});

/** @param scope undefined for the identity's own, such as an application credential's project */
async function issueToken(url: string, identity: object, scope?: unknown): Promise<string> {
  const response = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token: ${await response.text()}`);
  return token;
}

async function call<T>(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const response = await fetch(`${url}/v3${path}`, {
    method,
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} failed with ${response.status}: ${text}`);
  return JSON.parse(text === '' ? 'null' : text);
}

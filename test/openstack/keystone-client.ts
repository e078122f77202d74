/** Calls Keystone's API as its admin, and issues tokens. */

export interface KeystoneClient {
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

export function keystoneClient(url: string, adminToken: string): KeystoneClient {
  return {
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

/** Issues a token for the project `admin`. */
export const issueAdminToken = (url: string) => issueToken(url, passwordOf('admin'), projectScope('admin'));

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

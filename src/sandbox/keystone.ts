/**
 * The sandbox's Keystone: describes tokens, with a catalog of the sandbox's Glance servers. A test compares its responses with
 * recorded ones of Keystone 22 and 30.
 */
import { randomUUID } from 'node:crypto';
import type { JsonValue } from '../openstack/json.ts';
import { type Role, SANDBOX_ROLES } from './cloud.ts';
import { type Reply, type Sandbox, startServer } from './server.ts';

/** The Image endpoint of each region. */
export type SandboxRegions = Readonly<Record<string, string>>;

const HOUR_MS = 3_600_000;
const PROJECTS: Readonly<Record<Role, string>> = {
  admin: '5d0f2c1b7a8e4f6c9b3a1d2e4f5a6b7c',
  member: '9c444c73346f4c90a4d458c8e1a7a5b9',
};

export function startSandboxKeystone(regions: SandboxRegions): Promise<Sandbox> {
  return startServer((request) => {
    const { host } = request.headers;
    const url = `http://${host}/v3`;
    if (request.url === '/v3' || request.url === '/v3/') return json(200, version(url));
    const token = request.headers['x-auth-token'];
    const role = typeof token === 'string' ? SANDBOX_ROLES.get(token) : undefined;
    if (role === undefined) return { ...UNAUTHORIZED, headers: { 'WWW-Authenticate': `Keystone uri="${url}"` } };
    const catalog = catalogOf(url, regions);
    if (request.url === '/v3/auth/catalog') return json(200, { catalog, links: { self: `${url}/auth/catalog` } });
    if (request.url !== '/v3/auth/tokens') return NO_SUCH_PATH;
    const subject = request.headers['x-subject-token'];
    const subjectRole = typeof subject === 'string' ? SANDBOX_ROLES.get(subject) : undefined;
    const isUnknown = subject !== undefined && subjectRole === undefined;
    // Only an admin may look up other tokens. A token that does not exist is a 404 for everyone.
    if (role !== 'admin' && subject !== token && !isUnknown) return FORBIDDEN;
    if (subjectRole === undefined) return NO_SUCH_TOKEN;
    return json(200, { token: tokenInfo(subjectRole, catalog) });
  });
}

function json(status: number, value: JsonValue): Reply {
  return {
    status,
    type: 'application/json',
    body: JSON.stringify(value),
    headers: { Vary: 'X-Auth-Token', 'X-Openstack-Request-Id': `req-${randomUUID()}` },
  };
}

function errorReply(code: number, title: string, message: string): Reply {
  return json(code, { error: { code, message, title } });
}

const UNAUTHORIZED = errorReply(401, 'Unauthorized', 'The request you have made requires authentication.');
const FORBIDDEN = errorReply(
  403,
  'Forbidden',
  'You are not authorized to perform the requested action: identity:validate_token.',
);
const NO_SUCH_TOKEN = errorReply(404, 'Not Found', 'Could not recognize Fernet token');
const NO_SUCH_PATH: Reply = {
  ...NO_SUCH_TOKEN,
  type: 'text/html; charset=utf-8',
  body: `<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>
`,
};

function version(url: string): JsonValue {
  return {
    version: {
      id: 'v3.14',
      status: 'stable',
      updated: '2020-04-07T00:00:00Z',
      links: [{ rel: 'self', href: `${url}/` }],
    },
  };
}

function tokenInfo(role: Role, catalog: JsonValue): JsonValue {
  // Whole hours, so that responses are equal: a token never expires, and always has one to two hours left.
  const issuedAt = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const domain = { id: 'default', name: 'Default' };
  return {
    methods: ['password'],
    user: { domain, id: PROJECTS[role], name: role, password_expires_at: null },
    expires_at: new Date(issuedAt + 2 * HOUR_MS).toISOString(),
    issued_at: new Date(issuedAt).toISOString(),
    project: { domain, id: PROJECTS[role], name: role === 'admin' ? 'admin' : 'demo' },
    is_domain: false,
    roles: [{ id: role, name: role }],
    catalog,
  };
}

function catalogOf(keystoneUrl: string, regions: SandboxRegions): JsonValue {
  const service = (type: string, name: string, urls: SandboxRegions) => ({
    endpoints: Object.entries(urls).flatMap(([region, url]) =>
      ['public', 'internal', 'admin'].map((kind) => ({
        id: `${name}-${region}-${kind}`,
        interface: kind,
        region_id: region,
        url,
        region,
      })),
    ),
    id: name,
    type,
    name,
  });
  return [service('identity', 'keystone', { RegionOne: keystoneUrl }), service('image', 'glance', regions)];
}

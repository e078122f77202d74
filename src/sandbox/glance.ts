/**
 * The sandbox's Glance, an HTTP server for trying and testing the gateway without a cloud. Its responses to the discovery calls,
 * `/versions` and `/healthcheck` have the status, headers and bodies of Glance 33 (2026.2). A test compares them with recorded ones,
 * and with those of older releases.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { JsonValue } from '../openstack/json.ts';
import { DETAIL_KEYS, type Role, SANDBOX_ROLES, type SandboxCloud } from './cloud.ts';
import { type Reply, type Sandbox, startServer } from './server.ts';

export function startSandboxGlance(cloud: SandboxCloud): Promise<Sandbox> {
  return startServer((request) => respond(cloud, request));
}

function respond(cloud: SandboxCloud, request: IncomingMessage): Reply {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/healthcheck') return { status: 200, type: 'text/plain; charset=UTF-8', body: 'OK' };
  if (path === '/versions') return json(versionList(cloud, request));
  // A wrong base path gets the versions too, without a check of the token.
  if (!path.startsWith('/v2/')) return { ...json(versionList(cloud, request)), status: 300 };

  const header = request.headers['x-auth-token'];
  const role = typeof header === 'string' ? SANDBOX_ROLES.get(header.trim()) : undefined;
  if (role === undefined) {
    return {
      ...errorReply(401, UNAUTHORIZED, request),
      headers: { 'WWW-Authenticate': `Keystone uri="http://${request.headers.host}"` },
    };
  }
  return withRequestId(routeCall(cloud, path, role, request), path, request);
}

function routeCall(cloud: SandboxCloud, path: string, role: Role, request: IncomingMessage): Reply {
  const call = CALLS.get(path);
  if (call === undefined) return errorReply(404, 'The resource could not be found.', request);
  if (request.method !== 'GET') {
    const reply = errorReply(405, `The method ${request.method} is not allowed for this resource. `, request, '\n');
    return { ...reply, headers: { Allow: 'GET' } };
  }
  return call(cloud, role, request);
}

const CALLS = new Map<string, (cloud: SandboxCloud, role: Role, request: IncomingMessage) => Reply>([
  [
    '/v2/info/import',
    ({ importMethods }) =>
      json({ 'import-methods': { description: 'Import methods available.', type: 'array', value: importMethods } }),
  ],
  [
    '/v2/info/stores',
    ({ stores }, _role, request) => {
      if (stores === null) return errorReply(404, SINGLE_STORE, request);
      const plain = stores.map((store) =>
        Object.fromEntries(Object.entries(store).filter(([key]) => !DETAIL_KEYS.includes(key))),
      );
      return json({ stores: plain });
    },
  ],
  [
    '/v2/info/stores/detail',
    ({ stores, driverBroken }, role, request) => {
      if (stores === null) return errorReply(404, SINGLE_STORE, request);
      if (role !== 'admin')
        return errorReply(403, 'You are not authorized to complete stores_info_detail action.', request);
      return driverBroken ? errorReply(500, SERVER_ERROR, request) : json({ stores });
    },
  ],
  ['/v2/info/usage', ({ quotas }) => json({ usage: quotas ?? {} })],
]);

const SINGLE_STORE = 'Multi backend is not supported at this site.';
const SERVER_ERROR = 'The server has either erred or is incapable of performing the requested operation.';
const UNAUTHORIZED =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.';
const TITLES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
};

/** WebOb's error page, or JSON that contains the page's markup for exactly `Accept: application/json`. */
function errorReply(status: number, message: string, request: IncomingMessage, tail = '\n\n\n'): Reply {
  const title = TITLES[status] ?? '';
  const markup = `${message}<br /><br />${tail}`;
  if (request.headers.accept === 'application/json') {
    return { ...json({ message: markup, code: `${status} ${title}`, title }), status };
  }
  const body = `<html>\n <head>\n  <title>${status} ${title}</title>\n </head>\n <body>\n  <h1>${status} ${title}</h1>\n  ${markup}\n </body>\n</html>`;
  return { status, type: 'text/html; charset=UTF-8', body };
}

/** 2.14, 2.16 and 2.18 stand for the image cache, which the sandbox has. */
const API_MINORS = [18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
/** Listed only by a cloud with several stores. */
const MULTI_STORE_MINORS: readonly number[] = [8, 10, 11, 12, 13];

function versionList({ stores }: SandboxCloud, { headers }: IncomingMessage): JsonValue {
  const listed = API_MINORS.filter((minor) => stores !== null || !MULTI_STORE_MINORS.includes(minor));
  const links = [{ rel: 'self', href: `http://${headers.host}/v2/` }];
  return {
    versions: listed.map((minor, index) => ({
      id: `v2.${minor}`,
      status: index === 0 ? 'CURRENT' : 'SUPPORTED',
      links,
    })),
  };
}

/** Glance adopts the caller's request id (`abc` becomes `req-abc`) and fails on ids over 64 characters. */
function withRequestId(reply: Reply, path: string, request: IncomingMessage): Reply {
  const given = request.headers['x-openstack-request-id'];
  if (typeof given !== 'string')
    return { ...reply, headers: { ...reply.headers, 'X-Openstack-Request-Id': `req-${randomUUID()}` } };
  if (given.length <= 64) {
    const id = given.startsWith('req-') ? given : `req-${given}`;
    return { ...reply, headers: { ...reply.headers, 'X-Openstack-Request-Id': id } };
  }
  const isUnaffected = path === '/v2/info/import' || path === '/v2/info/stores';
  return isUnaffected ? reply : errorReply(500, SERVER_ERROR, request);
}

function json(value: JsonValue): Reply {
  return { status: 200, type: 'application/json', body: pythonJson(value) };
}

/** Formats JSON with the spaces of Python's `json.dumps`, so that the bytes are the same as Glance's. */
function pythonJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${pythonJson(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

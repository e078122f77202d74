/**
 * The upstream of the benchmark: Glance's discovery calls and Keystone's `GET /v3/auth/tokens`, served with constants after
 * `DELAY_MS`. Each token has its own usage and its own project; all tokens share one service catalog, except that each token that
 * begins with `large-` has its own large catalog and its own large stores. `GET /count` responds with the number of calls since the
 * last `/count`. Prints its URL.
 */
import { createServer } from 'node:http';

const DELAY_MS = Number(process.env.DELAY_MS ?? 0);
const TOKEN_LIFETIME_MS = 12 * 3600 * 1000;
const STORES = ['a', 'b', 'c', 'd'].map((id) => ({ id, description: `store ${id}` }));
const properties = { data_dir: '/srv', chunk_size: 65536, thin_provisioning: false };

const CONSTANTS: Readonly<Record<string, string>> = {
  '/v2/info/import': JSON.stringify({
    'import-methods': {
      description: 'Import methods available.',
      type: 'array',
      value: ['glance-direct', 'web-download', 'copy-image'],
    },
  }),
  '/v2/info/stores': JSON.stringify({ stores: STORES }),
  '/v2/info/stores/detail': JSON.stringify({
    stores: STORES.map((store) => ({ ...store, type: 'file', weight: 1, properties })),
  }),
};

function usageOf(number: number): string {
  const quota = (usage: number) => ({ usage, limit: 1_000_000 });
  return JSON.stringify({
    usage: {
      image_size_total: quota(number),
      image_stage_total: quota(0),
      image_count_total: quota(number % 97),
      image_count_uploading: quota(0),
    },
  });
}

/** What a small cloud lists: seven services of one region, each with its public, internal and admin endpoint. */
function catalogFor(url: string): string {
  const services = ['compute', 'identity', 'image', 'network', 'object-store', 'placement', 'volumev3'];
  const id = (number: number) => number.toString(16).padStart(32, '0');
  return JSON.stringify(
    services.map((type, index) => ({
      id: id(index),
      type,
      name: type,
      endpoints: ['public', 'internal', 'admin'].map((name, offset) => ({
        id: id(index * 3 + offset),
        interface: name,
        region: 'RegionOne',
        region_id: 'RegionOne',
        url: type === 'image' ? url : `${url}/${type}`,
      })),
    })),
  );
}

const expiresAt = new Date(Date.now() + TOKEN_LIFETIME_MS).toISOString();
const issuedAt = new Date().toISOString();
let catalog = '[]';
let url = '';

function tokenInfoOf(number: number): string {
  const domain = { id: 'default', name: 'Default' };
  const token = {
    methods: ['password'],
    user: { id: `user-${number}`, name: `user ${number}`, domain, password_expires_at: null },
    audit_ids: [`audit-${number}`],
    expires_at: expiresAt,
    issued_at: issuedAt,
    project: { id: `project-${number}`, name: `project ${number}`, domain },
    is_domain: false,
    roles: [{ id: 'member', name: 'member' }],
  };
  // The catalog is most of the text, so it is serialized once.
  return `${JSON.stringify({ token }).slice(0, -2)},"catalog":${catalog}}}`;
}

const numbered = (count: number, item: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => item(index));
/** Half a megabyte each, with as many values as the gateway accepts, in which `NUMBER` is replaced by that of the token. */
const LARGE: Readonly<Record<string, string>> = {
  '/v2/info/stores': JSON.stringify({
    stores: numbered(400, (index) => ({ id: `NUMBER-${index}`, description: 'x'.repeat(1200) })),
  }),
  '/v2/info/stores/detail': JSON.stringify({
    stores: numbered(10, (index) => ({
      id: `NUMBER-${index}`,
      type: 'other',
      properties: { nested: Array(2400).fill({}), text: 'x'.repeat(40_000) },
    })),
  }),
};

function largeTokenInfo(number: number, url: string): string {
  const endpoints = numbered(500, (index) => ({
    interface: 'public',
    region_id: `Region${number}-${index}`,
    url: `${url}/${'x'.repeat(900)}`,
  }));
  return JSON.stringify({
    token: { expires_at: expiresAt, project: { id: `p${number}` }, catalog: [{ type: 'image', endpoints }] },
  });
}

let count = 0;

function responseBody(path: string, token: string): string {
  if (path === '/count') {
    const sinceLast = count;
    count = 0;
    return String(sinceLast);
  }
  count += 1;
  const number = Number(token.replace(/\D/g, '')) || 0;
  if (token.startsWith('large-')) {
    if (path === '/v3/auth/tokens') return largeTokenInfo(number, url);
    const body = LARGE[path];
    if (body !== undefined) return body.replaceAll('NUMBER', String(number));
  }
  if (path === '/v3/auth/tokens') return tokenInfoOf(number);
  return CONSTANTS[path] ?? usageOf(number);
}

const server = createServer((request, response) => {
  // The endpoints of large catalogs have long paths.
  const path = (request.url ?? '').replace(/^\/x+/, '');
  const body = responseBody(path, String(request.headers['x-auth-token']));
  const send = () =>
    response
      .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
      .end(body);
  if (DELAY_MS === 0 || path === '/count') send();
  else setTimeout(send, DELAY_MS);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  url = `http://127.0.0.1:${address.port}`;
  catalog = catalogFor(url);
  process.stdout.write(`${url}\n`);
});

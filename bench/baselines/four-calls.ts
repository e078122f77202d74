/** Baseline: `node:http` makes the four upstream calls with undici and joins the bytes it receives. */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const connections = Number(process.env.UPSTREAM_CONNECTIONS ?? 50);
const pool = new Pool(process.env.UPSTREAM ?? '', { connections });
const PATHS = ['/v2/info/import', '/v2/info/stores', '/v2/info/stores/detail', '/v2/info/usage'];

const START = Buffer.from('{"data":[');
const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

async function get(path: string, token: string): Promise<Buffer> {
  const headers = { Accept: 'application/json', 'X-Auth-Token': token };
  const { body } = await pool.request({ method: 'GET', path, headers });
  return Buffer.from(await body.arrayBuffer());
}

createServer((request, response) => {
  request.resume().on('end', async () => {
    const token = String(request.headers['x-auth-token']);
    const bodies = await Promise.all(PATHS.map((path) => get(path, token)));
    const parts = bodies.flatMap((body, index) => (index === 0 ? [body] : [COMMA, body]));
    const bytes = Buffer.concat([START, ...parts, END]);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length };
    response.writeHead(200, headers).end(bytes);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');

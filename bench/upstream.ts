/**
 * The trivial upstream of the benchmark: constant answers but for usage, which is each token's own, after `DELAY_MS`.
 * `/count` tells how many calls there were since it was last asked. Prints its URL.
 */
import { createServer } from 'node:http';

const DELAY_MS = Number(process.env.DELAY_MS ?? 0);
const STORES = ['a', 'b', 'c', 'd'].map((id) => ({ id, description: `store ${id}` }));
const properties = { data_dir: '/srv', chunk_size: 65536, thin_provisioning: false };

const ANSWERS: Readonly<Record<string, string>> = {
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

function usageOf(token: string): string {
  const number = Number(token.replace(/\D/g, '')) || 0;
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

let count = 0;

function answer(path: string, token: string): string {
  if (path === '/count') {
    const since = count;
    count = 0;
    return String(since);
  }
  count += 1;
  return ANSWERS[path] ?? usageOf(token);
}

const server = createServer((request, response) => {
  const path = request.url ?? '';
  const body = answer(path, String(request.headers['x-auth-token']));
  const send = () =>
    response
      .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
      .end(body);
  if (DELAY_MS === 0 || path === '/count') send();
  else setTimeout(send, DELAY_MS);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address?.port}\n`);
});

/** `npm run example:supergraph` and the query it prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

test('prints a query that reads both subgraphs, and exits on SIGINT', { timeout: 60_000 }, async () => {
  const main = new URL('../../examples/supergraph/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const exited = once(child, 'exit');
  try {
    while (!text.includes('Ctrl-C')) {
      if (child.exitCode !== null) throw new Error(`The example exited: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [, url = '', token = '', body = ''] =
      /curl -s (\S+) .*'X-Auth-Token: (\S+)' \\\n {2}-d '(.*)'/.exec(text) ?? [];
    const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': token };
    const response = await fetch(url, { method: 'POST', headers, body });
    const result: { errors?: unknown; data: { images: unknown[] } } = JSON.parse(await response.text());
    expect(result.errors).toBeUndefined();
    const region = (id: string, stores: string) => ({ id, info: { availability: { stores } } });
    expect(result.data.images[0]).toEqual({
      name: 'debian-13',
      stores: [
        { id: 'ceph', default: true, detail: { type: 'rbd', weight: 300 } },
        { id: 'mirror', default: false, detail: { type: 'http', weight: 0 } },
      ],
      region: region('RegionOne', 'AVAILABLE'),
    });
    expect(result.data.images[1]).toMatchObject({
      stores: [{ id: 'local' }, { id: 'tape', default: null, detail: null }],
    });
    expect(result.data.images[3]).toEqual({
      name: 'alpine-edge',
      stores: [],
      region: region('RegionTwo', 'UNSUPPORTED'),
    });
  } finally {
    child.kill('SIGINT');
  }
  expect(await exited).toEqual([0, null]);
});

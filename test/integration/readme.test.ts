/** The commands of README.md print what it shows, and its tables are those of the code. */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { describeVariables } from '../../src/config/variables.ts';
import { ERROR_CODES } from '../../src/graphql/errors.ts';
import { blocks, blockWith, readDocument, table } from '../documents.ts';
import { startGateway } from '../gateway.ts';
import { startUpstream } from '../recording-upstream.ts';

const README = readDocument('README.md');
const QUERY = blockWith('storesDetail', 'sh', README);
const [RESPONSE = ''] = blocks('json', README);

function shell(command: string, env: Record<string, string> = {}): Promise<string> {
  const { PATH = '' } = process.env;
  return new Promise((resolve, reject) =>
    execFile('sh', ['-c', command], { env: { PATH, ...env } }, (error, out) => (error ? reject(error) : resolve(out))),
  );
}

test('has at most 150 lines', () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

test('shows the response of the first query', async () => {
  await using gateway = await startGateway();
  const response: { errors: { extensions: object }[] } = JSON.parse(
    await shell(QUERY.replace('http://127.0.0.1:4000', gateway.url)),
  );
  const shown: { errors: { extensions: object }[] } = JSON.parse(RESPONSE);
  for (const { extensions } of shown.errors) {
    Object.assign(extensions, { requestId: expect.stringMatching(/^req-[\da-f-]{36}$/) });
  }
  expect(response).toEqual(shown);
});

test('the operator’s token gets the first query without errors', async () => {
  await using gateway = await startGateway();
  const { query }: { query: string } = JSON.parse(/-d '(.*)'/.exec(QUERY)?.[1] ?? '');
  const { data, errors } = await gateway.query(query, { token: 'sandbox-admin' });
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ info: { storesDetail: [{ id: 'ceph' }, {}, {}, {}, {}, {}] } });
});

test.each(['', '/v3'])(
  'gets a project-scoped token with curl from a Keystone URL that ends in "%s"',
  async (suffix) => {
    const bodies: string[] = [];
    await using keystone = await startUpstream({
      '/v3/auth/tokens': (request, response) => {
        request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk));
        request.on('end', () => response.writeHead(201, { 'X-Subject-Token': 'gAAAAA-token' }).end('{"token": {}}'));
      },
    });
    const command = blockWith('curl -si', 'sh', README);
    const printed = await shell(`${command}\nprintf %s "$OS_TOKEN"`, { OS_AUTH_URL: keystone.url + suffix });
    expect(printed).toBe('gAAAAA-token');
    expect(keystone.seen.map(({ method }) => method)).toEqual(['POST']);
    expect(JSON.parse(bodies.join(''))).toMatchObject({
      auth: { identity: { methods: ['password'] }, scope: { project: { name: 'demo' } } },
    });
  },
);

test('shows variables with their defaults', () => {
  const rows = table('| variable | meaning | default |', README);
  expect(rows.length).toBe(5);
  const defaults = new Map(describeVariables().map(({ name, default: value }) => [name, value]));
  for (const [name = '', , shown = ''] of rows) {
    const value = defaults.get(name.replaceAll('`', ''));
    expect([name, value]).not.toEqual([name, undefined]);
    if (value !== null) expect([name, shown]).toEqual([name, `\`${value}\``]);
  }
});

test('lists the error codes of the code', () => {
  const rows = table('| code | meaning | retryable |', README).map(([code, , retryable]) => [code, retryable]);
  expect(rows).toEqual(
    Object.entries(ERROR_CODES).map(([code, { retryable }]) => [`\`${code}\``, retryable ? 'yes' : 'no']),
  );
});

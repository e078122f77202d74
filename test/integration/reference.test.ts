/** The tables of docs/ are those of the code. */
import { globSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { describeVariables } from '../../src/config/variables.ts';
import { ERROR_CODES } from '../../src/graphql/errors.ts';
import { attributesOf, startCollector } from '../collector.ts';
import { blocks, blockWith, codeSpans, ROOT, readDocument as read, table } from '../documents.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const ERRORS = read('docs/errors.md');
const OBSERVABILITY = read('docs/observability.md');
const OPERATIONS = read('docs/operations.md');
const unquoted = (cell = '') => cell.replaceAll('`', '');
const firstCells = (header: string, text: string) => table(header, text).map(([cell]) => unquoted(cell));

test('docs/configuration.md has a row for each variable, with its default', () => {
  const [, written = ''] = /<!-- variables -->\n(.*)<!-- \/variables -->/s.exec(read('docs/configuration.md')) ?? [];
  const rows = [...written.matchAll(/^\| `([A-Z0-9_]+)` \|.*\| (?:`([^`|]*)`)? ?\|$/gm)];
  expect(rows.map(([, name, value]) => [name, value ?? null])).toEqual(
    describeVariables().map(({ name, default: value }) => [name, value]),
  );
});

test('docs/caching.md has the default time to live of each call', () => {
  const defaults = new Map(describeVariables().map(({ name, default: value }) => [name, Number(value)]));
  const rows = table('| what | variable | default |', read('docs/caching.md'));
  const shown = rows.map(([, name, seconds = '']) => [unquoted(name), 1000 * Number.parseInt(seconds, 10)]);
  expect(shown.sort()).toEqual([...defaults].filter(([name]) => name.startsWith('CACHE_TTL_')).sort());
});

test('docs/caching.md shows the extension of stale results', async () => {
  let isUp = true;
  const good = reply(200, { stores: [{ id: 'ceph' }] });
  await using upstream = await startUpstream((...args) => (isUp ? good : reply(500, ''))(...args));
  await using gateway = await startGateway({
    GLANCE_URL: upstream.url,
    CACHE_TTL_STORES_MS: '1',
    STALE_IF_ERROR_MS: '60000',
  });
  const get = async () => {
    const response = await gateway.fetch('/graphql', post('{"query": "{info{stores{id}}}"}'));
    const body: { extensions?: unknown } = JSON.parse(await response.text());
    return { extensions: body.extensions };
  };
  expect(await get()).toEqual({ extensions: undefined });
  isUp = false;
  const shown: { extensions: { stale: object[] } } = JSON.parse(blocks('json', read('docs/caching.md'))[0] ?? '');
  const stale = shown.extensions.stale.map((entry) => ({ ...entry, age: expect.any(Number) }));
  await vi.waitFor(async () => expect(await get()).toEqual({ extensions: { stale } }));
});

describe('docs/errors.md', () => {
  test('lists the error codes of the code', () => {
    const rows = table('| code | upstream status or cause | retryable |', ERRORS);
    expect(rows.map(([code, , retryable]) => [unquoted(code), retryable === 'yes'])).toEqual(
      Object.entries(ERROR_CODES).map(([code, { retryable }]) => [code, retryable]),
    );
  });

  test('shows an error with the keys that it describes', async () => {
    await using gateway = await startGateway();
    const { errors } = await gateway.query('{info{storesDetail{id}}}', { token: 'sandbox-member' });
    const shown: { extensions: object } = JSON.parse(blocks('json', ERRORS)[0] ?? '');
    const { extensions, ...error } = shown;
    expect(errors).toMatchObject([
      { ...error, extensions: { ...extensions, requestId: expect.stringMatching(/^req-/) } },
    ]);
    const described = firstCells('| extension | meaning |', ERRORS);
    expect(described).toEqual(expect.arrayContaining(Object.keys(errors[0]?.extensions ?? {})));
  });

  test.each<[number, string, string, RequestInit]>([
    [400, 'BAD_REQUEST', '/graphql', post('{"query"')],
    [400, 'BAD_REQUEST', '/graphql?query={__typename}', {}],
    [404, 'NOT_FOUND', '/nowhere', {}],
    [405, 'BAD_REQUEST', '/graphql', { method: 'DELETE' }],
    [413, 'PAYLOAD_TOO_LARGE', '/graphql', post(`"${'x'.repeat(99_999)}"`)],
    [415, 'UNSUPPORTED_MEDIA_TYPE', '/graphql', { method: 'POST', body: '{}' }],
  ])('lists %i %s', async (status, code, path, init) => {
    await using gateway = await startGateway();
    const response = await gateway.fetch(path, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
    const rows = table('| status | code | cause |', ERRORS).map(([one, two]) => [one, unquoted(two)]);
    expect(rows).toContainEqual([String(status), code]);
  });

  const leaves = (count: number) => Array.from({ length: count }, () => 'id ').join('');
  const aliases = (count: number) => Array.from({ length: count }, (_, index) => `a${index}:__typename `).join('');
  test.each<[string, string, object?]>([
    ['Tokens of a document', `{${'a '.repeat(2000)}}`],
    ['Depth', `${'{info{stores{region'.repeat(4)}{id}${'}}}'.repeat(4)}`],
    ['Fields', `{info{stores{${leaves(1000)}}}}`],
    ['Aliases', `{info{${aliases(101)}}}`],
    ['Directives', `{__typename ${'@skip(if: false) '.repeat(51)}}`],
    ['Root fields', `{${aliases(21)}}`],
    ['Characters of the variables, as JSON', 'query($r: ID){info(region: $r){__typename}}', { r: 'x'.repeat(65_536) }],
  ])('lists the limit "%s", which the error names', async (label, query, variables) => {
    await using gateway = await startGateway();
    const row = table('| limit | most |', ERRORS).find(([name]) => name === label);
    const { errors } = await gateway.query(query, { ...(variables && { variables: { ...variables } }) });
    expect(errors.map(({ message }) => message).join('\n')).toMatch(
      new RegExp(`\\b${row?.[1]?.replace(',', '') ?? label}\\b`),
    );
  });
});

function post(body: string): RequestInit {
  return { method: 'POST', body, headers: { 'Content-Type': 'application/json' } };
}

describe('docs/observability.md', () => {
  const SHOWN: { calls: { call: string }[]; [key: string]: unknown } = JSON.parse(
    blockWith('level', 'json', OBSERVABILITY),
  );
  const KEYS = firstCells('| key | meaning |', OBSERVABILITY);

  async function loggedPortal(gateway: TestGateway): Promise<Readonly<Record<string, unknown>> & { calls: unknown }> {
    const token = 'sandbox-member';
    await gateway.query('{info{stores{id}}}', { token });
    await gateway.query('query Portal {info{stores{id} storesDetail{id}}}', { token });
    const find = () => gateway.log.find(({ operation }) => operation === 'Portal');
    const line = await vi.waitUntil(find);
    return { calls: null, ...line };
  }

  test('shows the log line that is written', async () => {
    await using gateway = await startGateway({ CACHE_TTL_STORES_MS: '60000' });
    const { calls, ...line } = await loggedPortal(gateway);
    const { calls: shownCalls, ...shown } = SHOWN;
    expect(line).toEqual({
      ...shown,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      caller: expect.stringMatching(/^[\w-]{12}$/),
      requestId: expect.stringMatching(/^req-/),
      ms: expect.any(Number),
    });
    expect(calls).toHaveLength(shownCalls.length);
    expect(calls).toEqual(
      expect.arrayContaining(shownCalls.map((call) => ('ms' in call ? { ...call, ms: expect.any(Number) } : call))),
    );
  });

  test('describes every key of the log line', async () => {
    await using collector = await startCollector();
    await using gateway = await startGateway({ LOG_QUERIES: '1', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect(KEYS).toEqual(Object.keys(await loggedPortal(gateway)).sort(byOrderOf(KEYS)));
  });

  test('describes every key of a call', () => {
    const described = firstCells('| key of a call | meaning |', OBSERVABILITY);
    expect(new Set(SHOWN.calls.flatMap((call) => Object.keys(call)))).toEqual(new Set(described));
  });

  test('lists the reasons of the code', () => {
    const kinds = [...read('src/openstack/errors.ts').matchAll(/kind: '(\w+)'/g)].map(([, kind = '']) => kind);
    expect(firstCells('| reason | meaning |', OBSERVABILITY)).toEqual([...new Set(kinds)]);
  });

  test('describes every attribute of traces', async () => {
    await using collector = await startCollector();
    await using gateway = await startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await loggedPortal(gateway);
    await gateway.close();
    const attributes = new Set(collector.spans.flatMap((span) => Object.keys(attributesOf(span))));
    const rows = table('| span | attributes |', OBSERVABILITY).map(([, cell = '']) => codeSpans(cell));
    // Of failed requests, of unusual methods, and of retries.
    for (const name of ['error.type', 'http.request.method_original', 'http.request.resend_count'])
      attributes.add(name);
    expect([...new Set(rows.flat())].sort()).toEqual([...attributes].sort());
  });

  test('lists every metric of /metrics and no other', async () => {
    await using gateway = await startGateway();
    await gateway.query('{info{stores{id}}}', { token: 'sandbox-member' });
    const text = await (await gateway.fetch('/metrics')).text();
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    const listed = firstCells('| metric | labels | meaning |', OBSERVABILITY);
    const families = listed.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
    const isOfFamily = (name: string) => families.some((family) => name.startsWith(family));
    expect(names.filter((name) => !isOfFamily(name)).sort()).toEqual(
      listed.filter((name) => !name.endsWith('*')).sort(),
    );
    for (const family of families) expect(names).toContainEqual(expect.stringMatching(`^${family}`));
  });
});

const byOrderOf = (keys: readonly string[]) => (a: string, b: string) => keys.indexOf(a) - keys.indexOf(b);

describe('docs/operations.md', () => {
  test('lists every alert', () => {
    const { groups }: { groups: { rules: { alert: string }[] }[] } = parseYaml(read('deploy/prometheus/rules.yaml'));
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect(firstCells('| alert | what to do |', OPERATIONS)).toEqual(alerts);
  });

  test('has advice for every error code', () => {
    const codes = firstCells('| code | what to do |', OPERATIONS);
    expect(codes.sort()).toEqual([...Object.keys(ERROR_CODES), 'INTERNAL_SERVER_ERROR'].sort());
  });
});

describe('docs/architecture.md', () => {
  const rows = table('| folder | contents | may import |', read('docs/architecture.md'));
  const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] ?? '') : 'src itself');
  const layers = new Map(
    rows.map(([folder, , imports = '']) => [unquoted(folder), imports.split(', ').map((one) => unquoted(one))]),
  );
  const files = globSync('**/*.ts', { cwd: `${ROOT}src` });

  test('lists the folders of src', () => {
    expect([...layers.keys()].sort()).toEqual([...new Set(files.map(folderOf))].sort());
  });

  test.each([...layers])('lists every folder that %s imports', (folder, allowed) => {
    const imported = files
      .filter((file) => folderOf(file) === folder)
      .flatMap((file) =>
        [...read(`src/${file}`).matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) =>
          folderOf(new URL(target, `file:///src/${file}`).pathname.replace('/src/', '')),
        ),
      )
      .filter((target) => target !== folder);
    if (!allowed.includes('all')) expect(allowed).toEqual(expect.arrayContaining([...new Set(imported)]));
  });
});

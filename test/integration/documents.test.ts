/** What the documents name exists, and what they show runs. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, isObjectType, Kind, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { hashOfPages, readHash } from '../../scripts/pictures.ts';
import { UNSUPPORTED_KEYS } from '../../src/config/unsupported.ts';
import { describeVariables } from '../../src/config/variables.ts';
import { ERROR_CODES } from '../../src/graphql/errors.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { blocks, blockWith, codeSpans, DOCUMENTS, ROOT, readDocument, table } from '../documents.ts';
import { startGateway } from '../gateway.ts';

const read = readDocument;
const MAIN = `${ROOT}src/main.js`;

/** As GitHub makes anchors of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

test('finds the documents', () => {
  expect(DOCUMENTS).toContain('README.md');
  expect(DOCUMENTS).toContain('docs/architecture.md');
});

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);

  test('links to files and headings that exist', () => {
    const links = [...text.matchAll(/(?:\]\(|src(?:set)?=")([^)\s"]+)[)"]/g)].map(([, link = '']) => link);
    for (const link of links.filter((one) => !/^https?:/.test(one))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      expect([link, existsSync(ROOT + target)]).toEqual([link, true]);
      if (anchor !== undefined) expect(anchorsOf(read(target))).toContain(anchor);
    }
  });

  test('names the package as `npm pack` does, since it is in no registry', () => {
    const { version }: { version: string } = JSON.parse(read('package.json'));
    for (const [, named] of text.matchAll(/glance-graphql-(\d+[\d.]*)\.tgz/g)) expect(named).toBe(version);
    expect(text).not.toMatch(/(npm (i|install|add)|npx|pnpm add|yarn add)\b[^`\n]* glance-graphql(?![-.\w])/);
  });

  test('names npm scripts that exist', () => {
    const { scripts }: { scripts: object } = JSON.parse(read('package.json'));
    const named = [...text.matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)].map(([, script, own]) => script ?? own);
    for (const script of named) expect(Object.keys(scripts)).toContain(script);
  });

  test('names files of the repository that exist', () => {
    const folders = /^(?:src|test|schema|scripts|deploy|examples|bench|web|docs|\.ci)\/[\w./-]*$/;
    for (const span of codeSpans(text).filter((one) => folders.test(one) && !one.includes('NAME'))) {
      expect([span, existsSync(ROOT + span)]).toEqual([span, true]);
    }
  });

  test('names variables that exist', () => {
    const known = new Set([
      ...describeVariables().map(({ name }) => name),
      ...Object.keys(ERROR_CODES),
      ...table('| status | code | cause |', read('docs/errors.md')).map(([, code = '']) => code.replaceAll('`', '')),
      ...table(STATUSES, read('docs/errors.md')).flatMap(([, code = '']) => codeSpans(code)),
      ...[
        'CACHE_TTL_NAME_MS',
        'ERRORS_OMITTED',
        'NODE_EXTRA_CA_CERTS',
        'NO_COLOR',
        'OS_USERNAME',
        'OS_SYSTEM_SCOPE',
        'OS_TRUST_ID',
        'ALL_PROXY',
      ],
      // Those that have no effect here.
      ...Object.keys(UNSUPPORTED_KEYS).map((key) => `OS_${key.toUpperCase()}`),
      ...(read('src/config/unsupported.ts').match(/\bOS_\w+/g) ?? []),
    ]);
    const spans = codeSpans(text).map((span) => span.replace(/=.*/, ''));
    for (const span of spans.filter((one) => /^[A-Z]+(?:_[A-Z]+)+$/.test(one))) expect(known).toContain(span);
  });
});

const STATUSES = '| response | code | `application/graphql-response+json` | `application/json` |';

describe('GraphQL snippets', () => {
  const snippets = DOCUMENTS.flatMap((path) => blocks('graphql', read(path)).map((code) => ({ path, code })));
  const queries = snippets.filter(({ code }) => code.startsWith('{'));
  const types = snippets.filter(({ code }) => !code.startsWith('{'));

  test('are found', () => {
    expect([queries.length, types.length]).toEqual([4, 1]);
  });

  test.each(queries)('the query in $path is executed', async ({ code }) => {
    await using gateway = await startGateway();
    const { data, errors } = await gateway.query(code, { token: 'sandbox-member' });
    expect(data).toMatchObject({});
    // RegionTwo of the sandbox has a single store.
    for (const { extensions } of errors) expect(extensions.code).toBe('NOT_FOUND');
  });

  test.each(types)('the types in $path are entities of the schema', ({ code }) => {
    const schema = createSchema(loadSdl());
    for (const definition of parse(code).definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) throw new Error(definition.kind);
      const type = schema.getType(definition.name.value);
      if (!isObjectType(type)) throw new Error(`${definition.name.value} is not an object type`);
      expect(Object.keys(type.getFields())).toEqual(
        expect.arrayContaining(definition.fields?.map(({ name }) => name.value) ?? []),
      );
    }
    expect(() => buildSchema(`directive @key(fields: String!, resolvable: Boolean) on OBJECT ${code}`)).not.toThrow();
  });
});

test('the GET of docs/frontend.md returns the stores', async () => {
  await using gateway = await startGateway();
  const command = blockWith('curl -sG', 'sh', read('docs/frontend.md'));
  const out = await new Promise<string>((resolve, reject) =>
    execFile('sh', ['-c', command.replace('http://127.0.0.1:4000', gateway.url)], (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    ),
  );
  expect(JSON.parse(out)).toMatchObject({ data: { info: { stores: [{ id: 'ceph' }, {}, {}, {}, {}, {}] } } });
});

test('the call of docs/agents.md gets the result that is shown, and its configurations are JSON', async () => {
  await using gateway = await startGateway({ MCP: '1' });
  const text = read('docs/agents.md');
  const command = blockWith('get_image_quota', 'sh', text).replace('http://127.0.0.1:4000', gateway.url);
  const out = await new Promise<string>((resolve, reject) =>
    execFile('sh', ['-c', command], (error, stdout) => (error ? reject(error) : resolve(stdout))),
  );
  const [claude = '', code = '', cursor = '', fit = ''] = blocks('json', text);
  for (const configuration of [claude, code, cursor]) {
    expect(JSON.parse(configuration)).toBeInstanceOf(Object);
    expect(configuration).toContain('"url": "http://127.0.0.1:4000/mcp"');
  }
  expect(JSON.parse(out)).toMatchObject({ result: { structuredContent: { fit: JSON.parse(fit), errors: [] } } });
});

test('check prints the rows of docs/configuration.md', async () => {
  const shown = blockWith('REGION', 'text', read('docs/configuration.md'));
  const [, token = ''] = /OS_TOKEN=(\S+) npm start -- check/.exec(read('docs/configuration.md')) ?? [];
  const { PATH = '' } = process.env;
  const printed = await new Promise<string>((resolve, reject) =>
    execFile(process.execPath, [MAIN, 'check'], { env: { PATH, OS_TOKEN: token } }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    ),
  );
  const withoutTimes = (text: string) =>
    text
      .replaceAll(/ +\d+ ms */g, ' ')
      .replaceAll(/ +/g, ' ')
      .replaceAll(' \n', '\n');
  expect(withoutTimes(printed)).toBe(withoutTimes(shown));
});

test('the pictures show the pages as they are (node scripts/pictures.ts makes them)', () => {
  expect(readHash()).toBe(hashOfPages());
  // And each is shown.
  const texts = DOCUMENTS.map(read).join('\n');
  const pictures = readdirSync(`${ROOT}docs/pictures`).filter((name) => name.endsWith('.png'));
  expect(pictures.length).toBe(3);
  for (const name of pictures) expect(texts).toContain(`pictures/${name}`);
});

test('router settings let exactly the extensions of errors pass', () => {
  const extensions = table('| extension | meaning |', read('docs/errors.md')).map(([name = '']) => name.slice(1, -1));
  const yaml = blocks('yaml', read('docs/federation.md')).map((code): unknown => parseYaml(code));
  expect(yaml).toMatchObject([
    { include_subgraph_errors: { subgraphs: { glance: { allow_extensions_keys: expect.any(Array) } } } },
    { subgraph_error_propagation: { mode: 'pass-through' } },
  ]);
  const lists = [...read('docs/federation.md').matchAll(/_(?:keys|fields): \[(\w.*)\]/g)].map(([, list = '']) => list);
  expect(lists.length).toBe(2);
  for (const list of lists) expect(list.split(', ').sort()).toEqual([...extensions].sort());
});

test('docs/security.md names tests that exist', () => {
  const named = codeSpans(read('docs/security.md')).filter((span) => /^(?!application)[a-z-]+\/[a-z-]+$/.test(span));
  expect(named.length).toBeGreaterThan(20);
  for (const name of named) expect([name, existsSync(`${ROOT}test/${name}.test.ts`)]).toEqual([name, true]);
});

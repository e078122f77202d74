/** `PERSISTED_DOCUMENTS` is read again when the file changes. */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const root = mkdtempSync(join(tmpdir(), 'glance-graphql-manifest-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
function createFolder(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  return folder;
}

const ONE = JSON.stringify({ a: '{ one: __typename }' });
const TWO = JSON.stringify({ a: '{ two: __typename }', b: '{ __typename }' });
const THREE = JSON.stringify({ a: '{ three: __typename }' });
/** The file is looked at once a second. */
const SOON = { timeout: 10_000 };

async function run(gateway: TestGateway, documentId = 'a'): Promise<unknown> {
  const { text } = await gateway.post({ documentId });
  const { data, errors } = JSON.parse(text);
  return data === undefined ? errors[0].extensions.code : Object.keys(data)[0];
}
const linesOf = ({ log }: TestGateway) => log.filter(({ msg }) => String(msg).includes('PERSISTED_DOCUMENTS'));

/** How the manifest of a folder gets another content. */
const WAYS: [string, (folder: string, content: string) => void][] = [
  ['written', (folder, content) => writeFileSync(join(folder, 'manifest.json'), content)],
  [
    'replaced',
    (folder, content) => {
      writeFileSync(join(folder, 'next.json'), content);
      renameSync(join(folder, 'next.json'), join(folder, 'manifest.json'));
    },
  ],
  [
    'replaced by one of the same size and time',
    (folder, content) => {
      const next = join(folder, 'next.json');
      writeFileSync(next, content.padEnd(100));
      utimesSync(next, 1, 1);
      renameSync(next, join(folder, 'manifest.json'));
    },
  ],
  ['mounted from a ConfigMap of Kubernetes', swapConfigMap],
];

/** As kubelet does: `manifest.json` -> `..data/manifest.json`, `..data` -> a folder, and only `..data` is replaced. */
function swapConfigMap(folder: string, content: string): void {
  const isFirst = !isLink(join(folder, '..data'));
  const name = `..${process.hrtime.bigint()}`;
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'manifest.json'), content);
  const former = isFirst ? null : readlinkSync(join(folder, '..data'));
  symlinkSync(name, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  if (isFirst) symlinkSync('..data/manifest.json', join(folder, 'manifest.json'));
  if (former !== null) rmSync(join(folder, former), { recursive: true });
}

function isLink(path: string): boolean {
  try {
    return readlinkSync(path) !== '';
  } catch {
    return false;
  }
}

describe.each(['0', '1'])('with PERSISTED_DOCUMENTS_ONLY=%s', (PERSISTED_DOCUMENTS_ONLY) => {
  test.concurrent.for(WAYS)('a manifest that is %s is read again', async ([_way, change], { expect }) => {
    const folder = createFolder();
    change(folder, ONE);
    const PERSISTED_DOCUMENTS = join(folder, 'manifest.json');
    await using gateway = await startGateway({ PERSISTED_DOCUMENTS, PERSISTED_DOCUMENTS_ONLY });
    // It is in the operation cache from the third time on.
    for (const _count of [1, 2, 3]) expect(await run(gateway)).toBe('one');
    expect(await run(gateway, 'b')).toBe('PERSISTED_QUERY_NOT_IN_LIST');
    change(folder, TWO);
    await expect.poll(() => run(gateway), SOON).toBe('two');
    expect(await run(gateway, 'b')).toBe('__typename');
    change(folder, THREE);
    await expect.poll(() => run(gateway), SOON).toBe('three');
    for (const _count of [1, 2, 3]) expect(await run(gateway, 'b')).toBe('PERSISTED_QUERY_NOT_IN_LIST');
    expect(linesOf(gateway)).toMatchObject([
      { level: 'info', documents: 2 },
      { level: 'info', documents: 1 },
    ]);
  });
});

test.concurrent('a document that is removed is rejected, also by its text', async ({ expect }) => {
  const file = join(createFolder(), 'manifest.json');
  writeFileSync(file, ONE);
  await using gateway = await startGateway({ PERSISTED_DOCUMENTS: file, PERSISTED_DOCUMENTS_ONLY: '1' });
  const codeOf = async () =>
    JSON.parse((await gateway.post({ query: '{ one: __typename }' })).text).errors?.[0].extensions.code;
  for (const _count of [1, 2, 3]) expect(await codeOf()).toBeUndefined();
  writeFileSync(file, TWO);
  await expect.poll(codeOf, SOON).toBe('QUERY_NOT_IN_SAFELIST');
});

test.concurrent('the last documents stay in use when the file is broken or vanishes, which is logged once each', async ({
  expect,
}) => {
  const file = join(createFolder(), 'manifest.json');
  writeFileSync(file, ONE);
  await using gateway = await startGateway({ PERSISTED_DOCUMENTS: file });
  const messages = () => linesOf(gateway).map(({ level, err }) => [level, JSON.stringify(err)]);
  writeFileSync(file, '{"a":');
  await expect.poll(messages, SOON).toEqual([['warn', expect.stringContaining('JSON')]]);
  // Other states of the same problem.
  for (const content of ['{"a": ', '{"a":  ']) {
    writeFileSync(file, content);
    await new Promise((resolve) => setTimeout(resolve, 1200));
  }
  expect(await run(gateway)).toBe('one');
  writeFileSync(file, '{"a": 1}');
  await expect.poll(messages, SOON).toHaveLength(2);
  rmSync(file);
  await expect.poll(messages, SOON).toHaveLength(3);
  expect(messages().slice(1)).toEqual([
    ['warn', expect.stringContaining('is not Apollo’s manifest')],
    ['warn', expect.stringContaining('ENOENT')],
  ]);
  expect(await run(gateway)).toBe('one');
  // The same documents are back.
  writeFileSync(file, ONE);
  await expect.poll(messages, SOON).toHaveLength(4);
  expect(messages()[3]?.[0]).toBe('info');
  expect(await run(gateway)).toBe('one');
  // A file that is only touched causes no log line, nor does one of a gateway that is closed.
  writeFileSync(file, `${ONE} `);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await gateway.close();
  writeFileSync(file, TWO);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(messages()).toHaveLength(4);
});

test.concurrent('an operation that is executed during the change is not cached for the new documents', async ({
  expect,
}) => {
  const held: ServerResponse[] = [];
  let isHeld = false;
  await using glance = await startUpstream((request, response) => {
    if (isHeld) held.push(response);
    else reply(200, { stores: [{ id: 'a' }] })(request, response);
  });
  const file = join(createFolder(), 'manifest.json');
  writeFileSync(file, JSON.stringify({ a: '{ old: info { stores { id } } }' }));
  await using gateway = await startGateway({ GLANCE_URL: glance.url, PERSISTED_DOCUMENTS: file });
  expect(await run(gateway)).toBe('old');
  isHeld = true;
  const late = run(gateway);
  await expect.poll(() => held.length, SOON).toBe(1);
  writeFileSync(file, JSON.stringify({ a: '{ new: info { stores { id } } }' }));
  await expect.poll(() => linesOf(gateway).length, SOON).toBe(1);
  isHeld = false;
  for (const response of held) response.end(JSON.stringify({ stores: [{ id: 'a' }] }));
  expect(await late).toBe('old');
  for (const _count of [1, 2, 3]) expect(await run(gateway)).toBe('new');
});

test.concurrent('a file that changes between its first reading and the start is read again', async ({ expect }) => {
  const file = join(createFolder(), 'manifest.json');
  writeFileSync(file, ONE);
  const starting = startGateway({ PERSISTED_DOCUMENTS: file });
  writeFileSync(file, TWO);
  await using gateway = await starting;
  await expect.poll(() => run(gateway), SOON).toBe('two');
});

test.concurrent('watching does not keep a process alive', async ({ expect }) => {
  const module = new URL('../../src/config/watch-file.ts', import.meta.url).href;
  const script = `import { watchFile } from '${module}'; watchFile('/etc/hostname', () => console.log('looked'));`;
  const output = await new Promise<string>((resolve, reject) =>
    execFile(process.execPath, ['--input-type=module', '-e', script], { timeout: 15_000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    ),
  );
  expect(output).toBe('looked\n');
});

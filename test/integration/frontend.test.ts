/** The code in docs/frontend.md is that of examples/frontend, and works against the sandbox. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as apollo from '../../examples/frontend/apollo-client.ts';
import { explain, loadImageOptions } from '../../examples/frontend/fetch.ts';
import * as urql from '../../examples/frontend/urql.ts';
import { startGateway, type TestGateway } from '../gateway.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const DOC = read('docs/frontend.md');

test.each(['fetch', 'urql', 'apollo-client'])('docs/frontend.md shows examples/frontend/%s.ts', (name) => {
  expect(DOC).toContain(`\`\`\`ts\n${read(`examples/frontend/${name}.ts`).trimEnd()}\n\`\`\``);
});

describe('against the sandbox', () => {
  let gateway: TestGateway;
  let url: string;
  beforeAll(async () => {
    gateway = await startGateway();
    url = `${gateway.url}/graphql`;
  });
  afterAll(() => gateway.close());

  test('fetch returns the parts that succeeded, and an error for each that failed', async () => {
    const complete = await loadImageOptions(url, 'sandbox-member');
    expect(complete.errors).toEqual([]);
    expect(complete.info.stores).toContainEqual({ id: 'ceph', default: true, readOnly: false });
    const failed = await loadImageOptions(url, 'expired');
    expect(failed.info).toEqual({ importMethods: null, stores: null, usage: null });
    expect(failed.errors.map(explain)).toEqual(Array(3).fill('Sign in again.'));
    await expect(loadImageOptions(`${gateway.url}/nowhere`, 'x')).rejects.toThrow('/nowhere');
  });

  test('urql returns the writable stores, and throws the error of a failed field', async () => {
    const client = urql.createClient(url, () => 'sandbox-member');
    expect(await urql.writableStores(client)).toEqual(['ceph', 'local', 'volumes', 'objects', 'bucket']);
    await expect(urql.writableStores(urql.createClient(url, () => 'expired'))).rejects.toThrow('authentication');
  });

  test('urql returns no writable stores from a cloud with a single store', async () => {
    await using singleStore = await startGateway({ OS_REGION_NAME: 'RegionTwo' });
    const client = urql.createClient(`${singleStore.url}/graphql`, () => 'sandbox-member');
    expect(await urql.writableStores(client)).toEqual([]);
  });

  test('Apollo Client returns the remaining space of a region, and null where quotas are not enforced', async () => {
    const client = apollo.createClient(url, () => 'sandbox-member');
    expect(await apollo.spaceLeft(client, null)).toBe(33_792);
    expect(await apollo.spaceLeft(client, 'RegionTwo')).toBeNull();
    await expect(
      apollo.spaceLeft(
        apollo.createClient(url, () => 'expired'),
        null,
      ),
    ).rejects.toThrow('authentication');
  });

  test('the shown settings of GraphQL Code Generator make types from the served schema', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-types-'));
    writeFileSync(join(folder, 'operations.ts'), read('examples/frontend/urql.ts'));
    const shown = /```yaml\n([\s\S]+?)```/.exec(DOC)?.[1] ?? '';
    // The comment names it.
    const [schema = ''] = /http:\S+/.exec(shown)?.map((url) => url.replace('http://127.0.0.1:4000', gateway.url)) ?? [];
    const { generates } = parseYaml(shown);
    const [output] = Object.values<object>(generates);
    const files = await generate(
      { schema, generates: { [`${folder}/generated/`]: { ...output, documents: `${folder}/*.ts` } }, silent: true },
      false,
    );
    rmSync(folder, { recursive: true });
    const types = files.find(({ filename }: { filename: string }) => filename.endsWith('/graphql.ts'))?.content;
    expect(types).toContain('export type ImageOptionsQuery');
    expect(types).toContain('limit: number | null');
  });
});

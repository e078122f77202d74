/** docs/frontend.md: its code is that of examples/frontend, which does what it says. */
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

test.each(['fetch', 'urql', 'apollo-client'])('the code shown for %s is that of its file', (name) => {
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

  test('fetch has the parts that came, and the reasons of those that did not', async () => {
    const whole = await loadImageOptions(url, 'sandbox-member');
    expect(whole.errors).toEqual([]);
    expect(whole.info.stores).toContainEqual({ id: 'ceph', default: true, readOnly: false });
    const refused = await loadImageOptions(url, 'expired');
    expect(refused.info).toEqual({ importMethods: null, stores: null, usage: null });
    expect(refused.errors.map(explain)).toEqual(Array(3).fill('Sign in again.'));
    await expect(loadImageOptions(`${gateway.url}/nowhere`, 'x')).rejects.toThrow('There is nothing at');
  });

  test('urql has the writable stores, and no failure where there is a single one', async () => {
    const client = urql.createClient(url, () => 'sandbox-member');
    expect(await urql.writableStores(client)).toEqual(['ceph', 'local', 'volumes', 'objects', 'bucket']);
    await expect(urql.writableStores(urql.createClient(url, () => 'expired'))).rejects.toThrow('authentication');
  });

  test('Apollo Client has what space is left, by region', async () => {
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

  test('the types are made as shown, from the SDL that is served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-types-'));
    writeFileSync(join(folder, 'operations.ts'), read('examples/frontend/urql.ts'));
    const shown = /```yaml\n([\s\S]+?)```/.exec(DOC)?.[1] ?? '';
    const { schema, generates } = parseYaml(shown.replace('http://127.0.0.1:4000', gateway.url));
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

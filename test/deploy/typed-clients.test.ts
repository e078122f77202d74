/** The set-ups of docs/frontend.md make types in an empty folder, from the schema in the package. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, run } from './npm.ts';
import { preparePackage } from './package.ts';

const DOC = readFileSync(join(ROOT, 'docs/frontend.md'), 'utf8');
const EXAMPLES = ['fetch', 'urql', 'apollo-client'].map((name) => `${name}.ts`);

/** The code blocks of a section in docs/frontend.md, by language. */
function codeOf(heading: string): Readonly<Record<string, string>> {
  const [, section = ''] = new RegExp(`\n### ${heading}\n([\\s\\S]*?)\n##`).exec(DOC) ?? [];
  const blocks = section.matchAll(/```(\w+)\n([\s\S]*?)```/g);
  return Object.fromEntries(Array.from(blocks, ([, language = '', code = '']) => [language, code]));
}

const packed = preparePackage();

/** A folder with the dependencies that the first line of the set-up installs, and what `tsc --init` writes. */
async function createProject(name: string, commands: string, others: readonly string[]) {
  const folder = join(packed.folder, name);
  const inFolder = { cwd: folder, env: packed.env };
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const [install = '', ...rest] = commands.trim().split('\n');
  const words = install.split(' ').map((word) => (word.endsWith('.tgz') ? packed.tarball : word));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await run(words[0] ?? '', [...words.slice(1), ...others, ...options], inFolder);
  await run('npx', ['tsc', '--init'], inFolder);
  const npx = (command: string) => run('npx', command.split(' '), inFolder);
  return { folder, commands: rest.map((command) => command.replace(/^npx /, '')), npx };
}

/** Changes `tsconfig.json`, which has comments. */
function setOption(folder: string, property: string): void {
  const file = join(folder, 'tsconfig.json');
  const text = readFileSync(file, 'utf8').replace('"compilerOptions": {', `"compilerOptions": {\n${property},`);
  writeFileSync(file, text);
}

describe('GraphQL Code Generator', () => {
  test('makes types that compile with the settings of `tsc --init`, and with those of a bundler', {
    timeout: 240_000,
  }, async () => {
    const { sh = '', yaml = '' } = codeOf('GraphQL Code Generator');
    const clients = ['@urql/core', '@apollo/client', 'rxjs'];
    const { folder, commands, npx } = await createProject('codegen', sh, clients);
    writeFileSync(join(folder, 'codegen.yml'), yaml);
    for (const name of EXAMPLES) {
      writeFileSync(join(folder, 'src', name), readFileSync(join(ROOT, 'examples/frontend', name)));
    }
    for (const command of commands) await npx(command);
    await npx('tsc --noEmit');
    await npx('tsc --noEmit --module preserve --moduleResolution bundler');

    const urql = readFileSync(join(folder, 'src/urql.ts'), 'utf8');
    writeFileSync(join(folder, 'src/urql.ts'), urql.replace('({ readOnly })', '({ readonly })'));
    await expect(npx('tsc --noEmit')).rejects.toMatchObject({ stdout: expect.stringContaining("'readonly'") });
  });
});

describe('gql.tada', () => {
  test('infers types that TypeScript 6 and the current TypeScript accept', { timeout: 240_000 }, async () => {
    const { sh = '', json = '', ts = '' } = codeOf('gql.tada');
    const { folder, commands, npx } = await createProject('tada', sh, ['@urql/core']);
    setOption(folder, json.trim());
    const source = join(folder, 'src/usage.ts');
    writeFileSync(source, ts);
    for (const command of commands) await npx(command);
    const current = join(ROOT, 'node_modules/.bin/tsc');
    const check = () => run(current, ['--noEmit'], { cwd: folder, env: packed.env });
    await npx('tsc --noEmit');
    await npx('tsc --noEmit --module preserve --moduleResolution bundler');
    await check();
    await npx('gql.tada check');

    writeFileSync(source, ts.replace('{ region }', '{ zone: region }'));
    await expect(check()).rejects.toMatchObject({ stdout: expect.stringContaining("'zone'") });
    writeFileSync(source, ts.replace('usage\n        }', 'size\n        }'));
    await expect(npx('gql.tada check')).rejects.toMatchObject({ stdout: expect.stringContaining('"size"') });
  });
});

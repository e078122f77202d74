/** Commands and options of `glance-graphql`: in this process where possible, and the exit codes as a process. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { helpText, versionText } from '../../src/cli/help.ts';
import { loadConfig } from '../../src/config/config.ts';
import { describeVariables } from '../../src/config/variables.ts';
import { loadSdl, toApiSdl } from '../../src/graphql/schema.ts';

// Starting a process takes seconds on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

const ROOT = new URL('../..', import.meta.url).pathname;
const MAIN = `${ROOT}src/main.js`;

interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function execute(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = import.meta.dirname,
): Promise<Output> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env: { PATH, ...env } }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** Runs the program as a process, in a folder without `.env` unless another is given. */
const run = (args: readonly string[], env: Record<string, string> = {}, cwd?: string) =>
  execute(process.execPath, [MAIN, ...args], env, cwd);

test('a start uses the code that an earlier one has compiled', async () => {
  await run(['--version']);
  const { err } = await run(['--version'], { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });
  expect(err).toMatch(/src\/program\.ts was accepted/);
  expect(err).toMatch(/node_modules\/fastify\/fastify\.js was accepted/);
});

test('a password in a wrong argument is not printed', () => {
  expect(readCommandLine(['CACHE_URL=redis://:hunter2@host'])).toMatchObject({
    problem: expect.stringContaining('"CACHE_URL=redis://***@host" is not a command'),
  });
});

describe('.env in the working directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const problems = async (args: readonly string[], env: Record<string, string> = {}) =>
    (await run(args, env, folder)).err;

  test('sets what neither the environment nor the command line sets', async () => {
    writeFileSync(join(folder, '.env'), '# a comment\nPORT=file\nHOST="in file"\nLOG_LEVEL=file\n');
    const err = await problems(['--port', 'option'], { HOST: 'of environment', PORT: 'environment' });
    expect(err).toContain('PORT is "option"');
    expect(err).toContain('HOST is "of environment"');
    expect(err).toContain('LOG_LEVEL is "file"');
    expect(await problems(['check'])).toContain('PORT is "file"');
  });

  test('is an error when it is there but cannot be read', async () => {
    rmSync(join(folder, '.env'));
    mkdirSync(join(folder, '.env'));
    const { code, err } = await run([], {}, folder);
    expect(code).toBe(78);
    expect(err).toContain("can't be read; expected a readable file, or none");
  });
});

describe('as a process', () => {
  test('schema prints the schema for clients', async () => {
    expect(await run(['schema'])).toEqual({ code: 0, out: toApiSdl(loadSdl()), err: '' });
  });

  test('schema --federation prints the SDL of the subgraph', async () => {
    expect(await run(['schema', '--federation'])).toEqual({ code: 0, out: loadSdl(), err: '' });
  });

  test('--help prints the help', async () => {
    expect(await run(['--help'])).toEqual({ code: 0, out: helpText(), err: '' });
  });

  test('--version prints the version of the package', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: versionText(), err: '' });
    expect(versionText()).toMatch(/^glance-graphql \d+\.\d+\.\d+ on Node \d+\.\d+\.\d+\n$/);
  });

  test('npm start prints only the schema with --silent', async () => {
    const { code, out } = await execute('npm', ['start', '--silent', '--prefix', ROOT, '--', 'schema']);
    expect([code, out]).toEqual([0, toApiSdl(loadSdl())]);
  });

  test('an unknown command exits with 64', async () => {
    const { code, err } = await run(['bake']);
    expect(code).toBe(64);
    expect(err).toContain('"bake" is not a command; expected one of serve, schema, check');
  });

  test('options override the environment, and an invalid one exits with 78', async () => {
    const { code, err } = await run(['--port', 'x'], { PORT: '4000' });
    expect(code).toBe(78);
    expect(err).toContain('PORT is "x"');
  });

  test('check without OS_TOKEN exits with 78', async () => {
    expect(await run(['check'])).toMatchObject({
      code: 78,
      err: 'OS_TOKEN is missing: `openstack token issue -f value -c id` issues one.\n',
    });
  });

  test('check of the sandbox prints both regions and exits with 0', async () => {
    const { code, out } = await run(['check'], { OS_TOKEN: 'sandbox-admin' });
    expect(code).toBe(0);
    expect(out.split('\n').filter((row) => /^(-|RegionOne|RegionTwo) /.test(row))).toHaveLength(12);
  });

  test('check of an unreachable endpoint exits with 1', async () => {
    const { code, out } = await run(['check', '--glance-url', 'http://127.0.0.1:9']);
    expect(code).toBe(1);
    expect(out).toContain('connection_error');
    expect(out).toContain('Nothing listens at http://127.0.0.1:9');
  });

  test('check --format json prints only JSON, and warnings about the configuration to standard error', async () => {
    const args = ['check', '--format', 'json', '--glance-url', 'http://127.0.0.1:9'];
    const { code, out, err } = await run(args, { OS_ENDPOINT: 'http://127.0.0.1:9' });
    expect([code, JSON.parse(out)]).toEqual([1, { ok: false, rows: expect.any(Array) }]);
    expect(err).toBe('OS_ENDPOINT is not supported: GLANCE_URL is used\n');
  });
});

test('the help lists every command and variable', () => {
  const help = helpText();
  for (const { name } of describeVariables()) expect(help).toContain(name);
  for (const command of ['serve', 'schema', 'check']) expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
});

test.each([
  [['bake'], '"bake" is not a command; expected one of serve, schema, check'],
  [['check', 'twice'], '"check twice" is not a command; expected one of serve, schema, check'],
  [['--prot', '1'], '--prot is not an option; did you mean --port?'],
  [['--hepl'], '--hepl is not an option; did you mean --help?'],
  [['--unlike-any-other'], '--unlike-any-other is not an option'],
  [['-x'], '-x is not an option'],
  [
    ['--os-token', 'secret-token'],
    '--os-token is not an option: others on this machine can read a command line. Set the environment variable OS_TOKEN',
  ],
  [['--port'], '--port needs a value, as in --port=VALUE'],
  [['--host', '--port', '80'], '--host needs a value, as in --host=VALUE'],
  [['--help=yes'], '--help takes no value'],
  [['check', '--format', 'xml'], '--format is "xml"; expected text or json'],
  [['schema', '--format', 'json'], '--format is an option of check, not of schema'],
  [['--federation'], '--federation is an option of schema, not of serve'],
])('%j is rejected', (args, problem) => {
  expect(readCommandLine(args)).toEqual({ kind: 'wrong', problem });
});

test('options override variables, in both spellings', () => {
  expect(readCommandLine(['check', '--port', '80', '--host=::1', '--format=json'])).toEqual({
    kind: 'run',
    command: 'check',
    format: 'json',
    overrides: { PORT: '80', HOST: '::1' },
    federation: false,
  });
});

describe('an old Node', () => {
  const SENTENCE = /^glance-graphql needs Node 22\.19 or newer, and this is \d+\.\d+\.\d+\.\n$/;
  const COMMANDS = [['serve'], ['schema'], ['check'], ['--version'], ['--help']];

  test.each(COMMANDS)('says so in one sentence: %s', async (command) => {
    const replaced = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"22.18.0"}})';
    const { code, out, err } = await execute(process.execPath, ['--import', replaced, MAIN, command]);
    expect([code, out, err]).toEqual([69, '', expect.stringMatching(SENTENCE)]);
  });

  // Where the system has one. It can't load the program, so this fails if anything of it is loaded.
  const system = '/usr/bin/node';
  test.skipIf(!existsSync(system))('the Node of the system runs the program or says so', async () => {
    const { code, out, err } = await execute(system, [MAIN, 'schema']);
    if (code === 0) expect(out).toBe(toApiSdl(loadSdl()));
    else expect([code, out, err]).toEqual([69, '', expect.stringMatching(SENTENCE)]);
  });
});

test('an invalid OS_TOKEN is rejected without printing it', () => {
  expect(() => loadConfig({ OS_TOKEN: 'two words' })).toThrow('OS_TOKEN is "***"; expected a token');
});

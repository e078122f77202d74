/** Commands and options of `glance-graphql`: in this process where possible, and the exit codes as a process. */
import { execFile } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { helpText, readCommandLine } from '../../src/cli/command-line.ts';
import { loadConfig } from '../../src/config/config.ts';
import { describeVariables } from '../../src/config/variables.ts';
import { loadSdl, toApiSdl } from '../../src/graphql/schema.ts';

// Starting a process takes seconds on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/** Runs the program as a process. */
function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env: { PATH, ...env } }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

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
    expect(out.split('\n').filter((row) => /^(-|RegionOne|RegionTwo) /.test(row))).toHaveLength(11);
  });

  test('check of an unreachable endpoint exits with 1', async () => {
    const { code, out } = await run(['check', '--glance-url', 'http://127.0.0.1:9']);
    expect(code).toBe(1);
    expect(out).toContain('connection_error');
    expect(out).toContain("It can't be reached: is the URL right, and is it up?");
  });
});

test('the help lists every command and variable', () => {
  const help = helpText();
  for (const { name } of describeVariables()) expect(help).toContain(name);
  for (const command of ['serve', 'schema', 'check']) expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
});

test.each([
  [['bake'], '"bake" is not a command; expected one of serve, schema, check'],
  [['check', '--federation'], '--federation is an option of the command schema, not of check'],
  [['check', 'twice'], '"check twice" is not a command'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['--os-token', 'x'], "Unknown option '--os-token'"],
])('%j is rejected', (args, problem) => {
  expect(readCommandLine(args)).toEqual({ kind: 'wrong', problem: expect.stringContaining(problem) });
});

test('an invalid OS_TOKEN is rejected without printing it', () => {
  expect(() => loadConfig({ OS_TOKEN: 'two words' })).toThrow('OS_TOKEN is "***"; expected a token');
});

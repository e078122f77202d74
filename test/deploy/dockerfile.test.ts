/**
 * Executes deploy/Dockerfile step by step in empty folders, without Docker: COPY, RUN, USER, HEALTHCHECK and CMD. The base image
 * and the engine are not tested.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const execute = promisify(execFile);

interface Instruction {
  readonly name: string;
  readonly value: string;
}

const instructions: Instruction[] = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', value: line.slice(line.indexOf(' ') + 1) }));

const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
const isIgnored = (path: string) =>
  ignored.some((pattern) =>
    pattern.startsWith('**/')
      ? path.split('/').includes(pattern.slice(3))
      : path === pattern || path.startsWith(`${pattern}/`),
  );

/** Copies the build context: tracked and untracked files, except those that .gitignore and .dockerignore exclude. */
async function buildContext(folder: string): Promise<void> {
  const { stdout } = await execute('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const path of stdout.split('\n').filter((name) => name !== '' && !isIgnored(name)))
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
}

test('the Dockerfile builds, and the program runs as its user and is healthy', { timeout: 400_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-image-'));
  const port = await freePort();
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !/^(npm_|VITEST)/.test(name));
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  };
  const context = join(folder, 'context');
  mkdirSync(context);
  await buildContext(context);
  const stages: string[] = [];
  let [user, command, check]: [string, string[], string[]] = ['', [], []];
  for (const { name, value } of instructions) {
    const stage = stages.at(-1) ?? '';
    switch (name) {
      case 'FROM':
        stages.push(join(folder, `stage-${stages.length}`));
        mkdirSync(join(folder, `stage-${stages.length - 1}`));
        break;
      case 'COPY': {
        const isFromBuild = value.startsWith('--from=build ');
        const paths = (isFromBuild ? value.slice('--from=build '.length) : value).split(' ');
        const to = join(stage, paths.pop() ?? '');
        for (const from of paths) {
          const source = isFromBuild ? join(stages[0] ?? '', from.replace(/^\/app/, '')) : join(context, from);
          const isWhole = from === '.' || to !== join(stage, './');
          cpSync(source, isWhole ? to : join(to, from.split('/').at(-1) ?? ''), { recursive: true });
        }
        break;
      }
      case 'RUN':
        await execute('sh', ['-c', value], { cwd: stage, env, maxBuffer: 64 * 1024 * 1024 });
        break;
      case 'ENV':
        for (const pair of value.split(' ')) env[pair.split('=')[0] ?? ''] = pair.split('=')[1] ?? '';
        break;
      case 'USER':
        user = value.split(':')[0] ?? '';
        break;
      case 'HEALTHCHECK':
        check = JSON.parse(value.slice(value.indexOf('[')));
        break;
      case 'CMD':
        command = JSON.parse(value);
        break;
      default:
        expect(['WORKDIR', 'EXPOSE']).toContain(name);
    }
  }
  await execute('chmod', ['-R', 'a+rX,a-w', stages.at(-1) ?? '']);
  await execute('chmod', ['a+x', folder]);
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'] : ['env'];
  Object.assign(env, { PORT: String(port), GLANCE_URL: 'http://127.0.0.1:9' });
  const [program = '', ...args] = [...asUser, ...command];
  const child = spawn(program, args, { cwd: stages.at(-1), env, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  try {
    while (!errors.includes('listens at')) {
      if (child.exitCode !== null) throw new Error(errors);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await execute(check[0] ?? '', check.slice(1), { env });
    expect((await fetch(`http://127.0.0.1:${port}/graphiql`)).status).toBe(200);
    const { stdout } = await execute('ps', ['-o', 'uid=', '-p', String(child.pid)]);
    if (isRoot) expect(stdout.trim()).toBe(user);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await execute('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  }
  expect(child.exitCode).toBe(0);
});

/**
 * deploy/Dockerfile, step by step in empty folders, as there is no Docker here: what is copied, what is run, and the program as
 * its user and with its health check. Not tried are the base image and the engine's own work.
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

interface Step {
  readonly word: string;
  readonly rest: string;
}

const steps: Step[] = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));

const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
const isIgnored = (path: string) =>
  ignored.some((pattern) =>
    pattern.startsWith('**/')
      ? path.split('/').includes(pattern.slice(3))
      : path === pattern || path.startsWith(`${pattern}/`),
  );

/** What Docker would send: what is tracked, or would be, less what is ignored. */
async function buildContext(folder: string): Promise<void> {
  const { stdout } = await execute('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const path of stdout.split('\n').filter((name) => name !== '' && !isIgnored(name)))
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
}

test('builds, and what it builds runs as its user, healthy', { timeout: 400_000 }, async () => {
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
  for (const { word, rest } of steps) {
    const stage = stages.at(-1) ?? '';
    switch (word) {
      case 'FROM':
        stages.push(join(folder, `stage-${stages.length}`));
        mkdirSync(join(folder, `stage-${stages.length - 1}`));
        break;
      case 'COPY': {
        const isFromBuild = rest.startsWith('--from=build ');
        const words = (isFromBuild ? rest.slice('--from=build '.length) : rest).split(' ');
        const to = join(stage, words.pop() ?? '');
        for (const from of words) {
          const source = isFromBuild ? join(stages[0] ?? '', from.replace(/^\/app/, '')) : join(context, from);
          const isWhole = from === '.' || to !== join(stage, './');
          cpSync(source, isWhole ? to : join(to, from.split('/').at(-1) ?? ''), { recursive: true });
        }
        break;
      }
      case 'RUN':
        await execute('sh', ['-c', rest], { cwd: stage, env, maxBuffer: 64 * 1024 * 1024 });
        break;
      case 'ENV':
        for (const pair of rest.split(' ')) env[pair.split('=')[0] ?? ''] = pair.split('=')[1] ?? '';
        break;
      case 'USER':
        user = rest.split(':')[0] ?? '';
        break;
      case 'HEALTHCHECK':
        check = JSON.parse(rest.slice(rest.indexOf('[')));
        break;
      case 'CMD':
        command = JSON.parse(rest);
        break;
      default:
        expect(['WORKDIR', 'EXPOSE']).toContain(word);
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

/** deploy/systemd has a valid unit, which starts the program that the package installs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { realComponents } from '../real-components.ts';
import { run } from './npm.ts';
import { preparePackage } from './package.ts';

const { skip } = realComponents(
  ['/usr/bin/systemd-analyze', '/usr/bin/python3', '/usr/bin/setpriv'].filter((path) => !existsSync(path)),
);

const UNIT = readFileSync(new URL('../../deploy/systemd/glance-graphql.service', import.meta.url), 'utf8');
const FAMILIES = new URL('restrict-address-families.py', import.meta.url).pathname;

describe.skipIf(skip)('the unit', () => {
  const packed = preparePackage();
  const installed = UNIT.replaceAll('/usr/local', join(packed.folder, 'usr-local'));
  beforeAll(async () => {
    // As the comment in the unit says.
    const [, command = ''] = /^# {3}npm (install .*)$/m.exec(installed) ?? [];
    const words = command.split(' ').map((word) => (/^\.\/.*\.tgz$/.test(word) ? packed.tarball : word));
    await run('npm', [...words, '--no-audit', '--no-fund', '--prefer-offline'], { env: packed.env, cwd: '/' });
  }, 400_000);

  const valuesOf = (name: string) =>
    [...installed.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

  test('passes systemd-analyze verify without warnings, and names files of the package', async () => {
    const file = join(packed.folder, 'glance-graphql.service');
    writeFileSync(file, installed);
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file]);
    expect([stdout, stderr.split('\n').filter((line) => line.includes('glance-graphql'))]).toEqual(['', []]);
    for (const url of valuesOf('Documentation')) expect([url, existsSync(new URL(url))]).toEqual([url, true]);
  });

  test('is safer than the average unit', async () => {
    const file = join(packed.folder, 'glance-graphql.service');
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=15', file]);
  });

  /** Runs the command of the unit as systemd does, with its environment and as another user. */
  async function start(settings: Readonly<Record<string, string>>) {
    const [command = ''] = valuesOf('ExecStart');
    const [families = ''] = valuesOf('RestrictAddressFamilies');
    const environment = valuesOf('Environment').map((pair) => pair.split('=') as [string, string]);
    const PATH = `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
    const restricted = ['python3', FAMILIES, families.replaceAll(' ', ',')];
    const [program = '', ...args] = [...(process.getuid?.() === 0 ? user : []), ...restricted, ...command.split(' ')];
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH, ...Object.fromEntries(environment), ...settings },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const exit = once(child, 'close').then(() => child.exitCode);
    while (!errors.includes('listens at') && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return { child, exit, errors: () => errors, url: /listens at (\S+)/.exec(errors)?.[1] ?? '' };
  }

  test.each(['127.0.0.1', '0.0.0.0', '::'])('starts the gateway on HOST=%s, and stops with 0', async (HOST) => {
    const { child, exit, errors, url } = await start({ HOST, PORT: '0', GLANCE_URL: 'http://127.0.0.1:9' });
    expect(errors()).toContain('listens at');
    const address = url.replace(/\/\/(\[::\]|0\.0\.0\.0)/, '//127.0.0.1');
    expect((await fetch(`${address}/graphiql`)).status).toBe(200);
    // Half of V8's default young generation, as with `npm start`.
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')).toContain('--max-semi-space-size=16');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  test('is not restarted after a wrong configuration', async () => {
    const { exit, errors } = await start({ PORT: 'x', GLANCE_URL: 'http://127.0.0.1:9' });
    expect(valuesOf('RestartPreventExitStatus').join(' ').split(' ')).toContain(String(await exit));
    expect(errors()).toContain('PORT is "x"');
  });
});

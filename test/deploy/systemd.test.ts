/** deploy/systemd has a valid unit. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../openstack/processes.ts';
import { realComponents } from '../real-components.ts';

const UNIT = readFileSync(new URL('../../deploy/systemd/glance-graphql.service', import.meta.url), 'utf8');
const { skip } = realComponents(['/usr/bin/systemd-analyze'].filter((path) => !existsSync(path)));

describe.skipIf(skip)('the unit', () => {
  test('passes systemd-analyze verify without warnings', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-unit-'));
    const file = join(folder, 'glance-graphql.service');
    // The program is not installed where the tests run.
    writeFileSync(file, UNIT.replace('/usr/local/bin/glance-graphql', '/bin/true').replace(/^Documentation=.*$/m, ''));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file]);
    rmSync(folder, { recursive: true });
    expect([stdout, stderr.split('\n').filter((line) => line.includes('glance-graphql'))]).toEqual(['', []]);
  });
});

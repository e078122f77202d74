/** A cloud of the newest release: Debian sid's Keystone 30 and Glance 33 (2026.2). */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { freePort } from '../../scripts/free-port.ts';
import { setUp } from './cloud.ts';
import { createDatabase, multiStore, startGlance } from './glance.ts';
import { type Keystone, startKeystone } from './keystone.ts';
import type { Service } from './processes.ts';

export interface NewestCloud {
  readonly keystone: Keystone;
  readonly demoProject: string;
  /** Several stores with weights, quotas. RegionOne. */
  readonly multiStore: Service;
  /** A single store, no quotas. RegionTwo. */
  readonly singleStore: Service;
}

const SID = process.env.GLANCE_SID_ROOT ?? '/var/cache/glance-graphql/sid';

/** The programs that are not installed; `test/openstack/install.sh` installs them where it can. */
export const missingNewest = ['glance-manage', 'keystone-manage', 'uwsgi']
  .map((program) => `${SID}/usr/bin/${program}`)
  .filter((path) => !existsSync(path));

export async function startNewestCloud(): Promise<NewestCloud & AsyncDisposable> {
  const folder = mkdtempSync('/var/tmp/glance-graphql-newest-');
  await using started = new AsyncDisposableStack();
  started.defer(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(SID + folder, { recursive: true, force: true });
  });
  const creatingDatabase = createDatabase(folder, SID);
  // A failure is thrown below, when Keystone can be stopped.
  creatingDatabase.catch(() => {});
  const keystone = started.use(await startKeystone(folder, SID));
  const [multiPort, singlePort] = [await freePort(), await freePort()];
  const { endpoint, demoProject } = await setUp(keystone, [
    { region: 'RegionOne', interface: 'public', url: `http://127.0.0.1:${multiPort}` },
    { region: 'RegionTwo', interface: 'public', url: `http://127.0.0.1:${singlePort}/v2` },
  ]);
  const common = {
    authUrl: `${keystone.url}/v3`,
    root: SID,
    database: await creatingDatabase,
    isWsgiOnly: true,
  } as const;
  const multi = {
    name: 'multi-store',
    port: multiPort,
    stores: multiStore(`${folder}/multi-store`),
    limitsOf: endpoint,
  };
  const single = { name: 'single-store', port: singlePort, stores: null, limitsOf: null };
  const starting = [startGlance(folder, { ...common, ...multi }), startGlance(folder, { ...common, ...single })];
  const [multiStoreGlance, singleStoreGlance] = (await Promise.allSettled(starting)).map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return started.use(result.value);
  });
  if (!multiStoreGlance || !singleStoreGlance) throw new Error('a Glance is missing');
  const all = started.move();
  return {
    keystone,
    demoProject,
    multiStore: multiStoreGlance,
    singleStore: singleStoreGlance,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** The sandbox: two regions and a Keystone on loopback, for trying the gateway without a cloud. */
import { DEMO_CLOUD } from './cloud.ts';
import { startSandboxGlance } from './glance.ts';
import { startSandboxKeystone } from './keystone.ts';
import type { Sandbox } from './server.ts';

/** RegionOne has a store of every type, RegionTwo a single store and no quotas. The returned `url` is Keystone's. */
export async function startSandbox(): Promise<Sandbox> {
  const one = await startSandboxGlance(DEMO_CLOUD);
  const two = await startSandboxGlance({ ...DEMO_CLOUD, stores: null, quotas: null });
  const keystone = await startSandboxKeystone({ RegionOne: one.url, RegionTwo: `${two.url}/v2/` });
  return {
    url: keystone.url,
    close: async () => void (await Promise.all([keystone.close(), one.close(), two.close()])),
  };
}

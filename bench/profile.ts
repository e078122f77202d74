/**
 * `node bench/profile.ts`: the CPU time of Q2, hot as shipped and cold with nothing cached, by package and by folder of `src`, from CPU
 * profiles under load.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GatewaySetup, gateway, SETUPS } from './gateways.ts';
import { stop, temporaryFolder } from './processes.ts';
import { applyCase, type Case, COLD, HOT } from './rounds.ts';
import { startOne, startUpstream } from './servers.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const MIN_SHARE = 0.5;

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** In microseconds. */
  readonly timeDeltas: readonly number[];
}

async function profileGateway(setup: GatewaySetup, benchCase: Case): Promise<Profile> {
  const folder = temporaryFolder();
  await using upstream = await startUpstream(0);
  const profiled = gateway(setup, { flags: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
  await using server = await startOne(profiled, upstream);
  await applyCase(server, { ...benchCase, seconds: SECONDS * 2 });
  await stop(server.process);
  const [file = ''] = readdirSync(folder);
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** The package, the folder of `src`, or the part of Node; null for idle time. */
function groupOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string | null {
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const path = /\/src\/(?:(\w+)\/)?[^/]+/.exec(url);
  if (path !== null) return path[1] === undefined ? 'src' : `src/${path[1]}`;
  if (functionName === '(idle)') return null;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (/^write\w*String$/.test(functionName)) return 'node: socket writes (system calls)';
  if (/^node:(internal\/)?(_?http|net|stream|events|timers|async_hooks)/.test(url)) return 'node: http, net, streams';
  return url.startsWith('node:') ? 'node: other' : 'V8 and native code';
}

/** In percent of the time that is not idle, in the last `SECONDS`, when the code is compiled. */
function sharesOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const times = new Map<string, number>();
  const duration = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  let elapsed = 0;
  samples.forEach((id, index) => {
    const delta = timeDeltas[index] ?? 0;
    elapsed += delta;
    const group = groups.get(id) ?? null;
    if (group !== null && duration - elapsed < SECONDS * 1e6) times.set(group, (times.get(group) ?? 0) + delta);
  });
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return new Map([...times].map(([group, time]) => [group, (time / busy) * 100]));
}

const hot = sharesOf(await profileGateway(SETUPS.shipped, HOT));
const cold = sharesOf(await profileGateway(SETUPS.uncached, COLD));
const shareIn = (shares: ReadonlyMap<string, number>, part: string) => shares.get(part) ?? 0;
const parts = [...new Set([...hot.keys(), ...cold.keys()])].sort((a, b) => shareIn(cold, b) - shareIn(cold, a));
process.stdout.write('| share of CPU time, in % | hot, as shipped | cold, nothing cached |\n| --- | --- | --- |\n');
for (const part of parts) {
  const shares = [shareIn(hot, part), shareIn(cold, part)];
  if (Math.max(...shares) < MIN_SHARE) continue;
  process.stdout.write(`| ${part} | ${shares.map((share) => share.toFixed(1)).join(' | ')} |\n`);
}

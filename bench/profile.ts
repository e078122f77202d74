/** `node bench/profile.ts`: where the time of a cold Q2 goes, by package and by room of ours, from a CPU profile under load. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONNECTIONS, startUpstream, TOKENS } from './cases.ts';
import { load } from './load.ts';
import { stop, temporaryFolder } from './processes.ts';
import { NOTHING_KEPT, ours, startContender } from './servers.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

async function profileColdQ2(): Promise<Profile> {
  const folder = temporaryFolder();
  await using upstream = await startUpstream(0);
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const profiled = ours('profiled', (url) => ({ GLANCE_URL: url, ...NOTHING_KEPT }), flags);
  const running = await startContender(profiled, upstream.url);
  if (running === null) throw new Error('the gateway always runs');
  const query = profiled.queries.Q2;
  await load({ url: running.url, query, tokens: TOKENS, connections: CONNECTIONS, seconds: SECONDS * 2 });
  await stop(running.child);
  const [file = ''] = readdirSync(folder);
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** The package, the room, or the part of Node that a function is of. */
function groupOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const room = /\/src\/(\w+)[/.]/.exec(url)?.[1];
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packaged !== undefined) return packaged;
  if (room !== undefined) return `src/${room}`;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (/^write\w*String$/.test(functionName)) return 'writing to sockets (system calls)';
  if (/^\(/.test(functionName)) return functionName === '(idle)' ? '' : 'V8 and the rest of the process';
  if (/^node:(internal\/)?(_?http|net|stream|events|timers|async_hooks)/.test(url)) return 'node: http, net, streams';
  return url.startsWith('node:') ? 'node: all else' : 'V8 and the rest of the process';
}

/** Of the second half alone, when the code is warm. */
function sharesOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const times = new Map<string, number>();
  const end = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  let elapsed = 0;
  samples.forEach((id, index) => {
    const delta = timeDeltas[index] ?? 0;
    elapsed += delta;
    const group = groups.get(id) ?? '';
    if (group !== '' && end - elapsed < SECONDS * 1e6) times.set(group, (times.get(group) ?? 0) + delta);
  });
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return new Map([...times].map(([group, time]) => [group, (time / all) * 100]));
}

const shares = [...sharesOf(await profileColdQ2())].sort(([, a], [, b]) => b - a).filter(([, share]) => share >= 0.5);
process.stdout.write('| part | share of the busy time |\n| --- | --- |\n');
for (const [group, share] of shares) process.stdout.write(`| ${group} | ${share.toFixed(1)} % |\n`);

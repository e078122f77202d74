/**
 * `npm run bench`: requests a second and latency of the gateway as it is run, before a trivial upstream. The gateway has one
 * core; upstream and load share another. *Cold*: every request brings another of 10,000 tokens; *hot*: all bring the same.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import autocannon from 'autocannon';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const CONNECTIONS = 50;
const TOKENS = 10_000;

const STORE = 'id description default readOnly';
const QUOTA = 'name usage limit unlimited remaining unit';
const ALL = (stores: string) =>
  `{info{importMethods{description type value} ${stores} storesDetail{${STORE} type weight properties{raw}} usage{enabled quotas{${QUOTA}}}}}`;
const QUERIES = {
  Q1: '{info{importMethods{value}}}',
  Q2: ALL(`stores{${STORE}}`),
  Q3: ALL(Array.from({ length: 10 }, (_, index) => `s${index}:stores{${STORE}}`).join(' ')),
};

/** Pins a program to a core where the machine has two and a `taskset`. */
const pinned = (core: number, command: readonly string[]) =>
  availableParallelism() > 1 && existsSync('/usr/bin/taskset') ? ['taskset', '-c', String(core), ...command] : command;

async function startProgram(
  core: number,
  file: string,
  env: Record<string, string>,
  urlIn: RegExp,
): Promise<{ child: ChildProcess; url: string }> {
  const [program = '', ...args] = pinned(core, [process.execPath, new URL(file, import.meta.url).pathname]);
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += text.length < 10_000 ? chunk : '';
      const found = urlIn.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(`${file} ended: ${text}`)));
  });
  return { child, url };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function load(url: string, query: string, hot: boolean) {
  let number = 0;
  const result = await autocannon({
    url: `${url}/graphql`,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        body: JSON.stringify({ query }),
        setupRequest(request) {
          number = hot ? 1 : (number + 1) % TOKENS;
          return { ...request, headers: { 'content-type': 'application/json', 'x-auth-token': `token-${number}` } };
        },
      },
    ],
  });
  if (result.non2xx + result.errors > 0)
    throw new Error(`${result.non2xx} answers were not 200, ${result.errors} failed`);
  return result;
}

const upstream = await startProgram(1, 'upstream.ts', {}, /(http:\S+)\n/);
const gateway = await startProgram(
  0,
  '../src/main.ts',
  { GLANCE_URL: upstream.url, PORT: '0' },
  /GraphiQL: (\S+)\/graphiql/,
);
process.stdout.write(
  `Node ${process.version}, ${cpus()[0]?.model}, ${CONNECTIONS} connections, ${SECONDS} s a case\n\n`,
);
process.stdout.write('| case | requests/s | p50 ms | p99 ms |\n| --- | --- | --- | --- |\n');
await load(gateway.url, QUERIES.Q2, false);
for (const [name, query] of Object.entries(QUERIES)) {
  for (const hot of [false, true]) {
    const { requests, latency } = await load(gateway.url, query, hot);
    process.stdout.write(
      `| ${name} ${hot ? 'hot' : 'cold'} | ${Math.round(requests.average)} | ${latency.p50} | ${latency.p99} |\n`,
    );
  }
}
await stop(gateway.child);
await stop(upstream.child);

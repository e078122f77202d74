/**
 * `npm run bench`: the gateway as it is run, beside what people would pick otherwise, before a trivial upstream. Prints what it
 * measured and writes it to RESULTS.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { CONNECTIONS, manyTokens, oneGateway, ROUNDS, SECONDS, sideBySide, slowRegion, slowUpstream } from './cases.ts';
import { generator } from './load.ts';
import { isPinned } from './processes.ts';
import { formatFloors, formatRows, formatSideBySide, formatSingles } from './report.ts';
import { CONTENDERS, FAN_OUT, GATEWAY_KEEPING_NOTHING, HIVE, installContenders, NAIVE, TAILCALL } from './servers.ts';

const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

installContenders();
const all = await sideBySide();
const at5 = await slowUpstream(5, [FAN_OUT, NAIVE, HIVE, TAILCALL, GATEWAY_KEEPING_NOTHING]);
const at20 = await slowUpstream(20, [FAN_OUT, NAIVE, HIVE, TAILCALL, GATEWAY_KEEPING_NOTHING]);
const singles = { many: await manyTokens(), one: await oneGateway(), region: await slowRegion() };

const text = `# Benchmark

By \`npm run bench\`, ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${cpus()[0]?.model} (${cpus().length} cores), load from ${generator}.
${isPinned ? 'The server under test has one core for itself; upstream and load share the other.' : 'Nothing is pinned to a core here, so figures disturb each other.'}
${CONNECTIONS} connections, ${SECONDS} s a case, ${ROUNDS} rounds that alternate between the servers; medians. ${CONTENDERS.length} servers, each with
one process. The gateway runs as shipped, with its log, metrics and limits; *nothing kept* sets the times of its cache to 0, so
that what remains is sharing of calls that are under way.

*Cold*: every request brings another of 10,000 tokens, and each has usage figures of its own. *Hot*: all bring the same one.
Q1 is \`{info{importMethods{value}}}\`; Q2 asks all four calls, every leaf; Q3 is Q2 with ten aliases of \`stores\`.

${formatSideBySide(all)}

## A slow upstream

Q2 cold.

${formatRows('5 ms', at5)}

${formatRows('20 ms', at20)}

## The gateway alone

${formatSingles(singles)}

## Floors

${formatFloors({ all, at20, singles })}

Measured with ${Object.entries(dependencies)
  .filter(([name]) => ['@apollo/server', 'fastify', 'graphql', 'undici'].includes(name))
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}; the contenders' versions are in their lock files.
`;
writeFileSync(new URL('RESULTS.md', import.meta.url), text);
process.stdout.write(text);

/** `npm run bench`: measures the gateway beside other servers, in front of a trivial upstream. Prints and writes RESULTS.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import {
  CALLERS_OF_SLOW_UPSTREAM,
  measureContenders,
  measureGateway,
  measureManyTokens,
  measureOptions,
  measureSlowRegion,
  measureSlowUpstream,
} from './cases.ts';
import { APOLLO, FOUR_CALLS_256, HIVE, installContenders, TAILCALL } from './contenders.ts';
import { SHIPPED, UNCACHED } from './gateways.ts';
import { isPinned } from './processes.ts';
import { formatContenders, formatOptions, formatResults, formatSingles, formatWorstRequests } from './report.ts';
import { CONNECTIONS, ROUNDS, SECONDS } from './rounds.ts';
import { formatTargets } from './targets.ts';
import { measureWorstRequests } from './worst-requests.ts';

const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

installContenders();
const contenders = await measureContenders();
const options = await measureOptions();
const withSlowUpstream = [FOUR_CALLS_256, APOLLO, HIVE, TAILCALL, UNCACHED, SHIPPED];
const upstream5 = await measureSlowUpstream(5, withSlowUpstream);
const upstream20 = await measureSlowUpstream(20, withSlowUpstream);
const singles = {
  gateway: await measureGateway(),
  manyTokens: await measureManyTokens(),
  slowRegion: await measureSlowRegion(),
};
const worst = await measureWorstRequests();

const text = `# Benchmark results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${cpus()[0]?.model} (${cpus().length} cores), load from wrk.
${isPinned ? 'The server under test has its own core; the upstream and the load generator share another one.' : 'Nothing is pinned to a core, so the processes disturb each other.'}
${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s for each case. Each round measures every server once. Figures are medians, with the
minimum and the maximum of the rounds in parentheses.

- *CPU µs a request*: user and system time of the server's process, all threads, over the requests that it served.
- *Hot*: all requests have the same token. *Cold*: each request has a new token, with its own usage figures. Hot load comes after
  cold load, so caches are full.
- *Q1* is \`{info{importMethods{value}}}\`. *Q2* selects every leaf of all four calls. *Q3* is Q2 with ten aliases of \`stores\`.
- *As shipped* has the default configuration: log, metrics and limits are on. *Nothing cached* sets the \`CACHE_TTL\` variables of
  Glance's calls to 0; identical calls in flight are still coalesced.

## Targets

${formatTargets({ contenders, upstream20, options, singles, worst })}

## All servers

${formatContenders(contenders)}

## Options of the gateway

As shipped, beside one option each. A CORS request has an \`Origin\` header; a GET has \`Apollo-Require-Preflight\`.

${formatOptions(options)}

## Slow upstream

Q2 cold, ${CALLERS_OF_SLOW_UPSTREAM} connections.

${formatResults('5 ms', upstream5)}

${formatResults('20 ms', upstream20)}

## The gateway alone

${formatSingles(singles)}

## Expensive requests

Requests of up to 100 kB that the limits accept, or that are expensive to reject; one at a time.

${formatWorstRequests(worst)}

Measured with ${Object.entries(dependencies)
  .filter(([name]) => ['@apollo/server', 'fastify', 'graphql', 'undici'].includes(name))
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}; the versions of the other servers are in their lock files.
`;
writeFileSync(new URL('RESULTS.md', import.meta.url), text);
process.stdout.write(text);

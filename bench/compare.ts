/**
 * `npm run bench:compare -- REV_A REV_B [--pairs 15] [--case hot]...`: the CPU time a request of two revisions, and their ratio
 * with its 95 % confidence interval. `.` is the working tree. `--case` may be repeated; hot and cold are the default.
 */
import { parseArgs } from 'node:util';
import { type GatewaySetup, gateway, SETUPS } from './gateways.ts';
import { formatInterval, formatNumber, table } from './report.ts';
import { checkOut, type Revision } from './revisions.ts';
import { type Case, COLD, HOT, MAX_WARM_UP_SECONDS, measure, SECONDS, warmUp } from './rounds.ts';
import { startServers, startUpstream } from './servers.ts';
import { meanRatio, median } from './statistics.ts';

const CASES: Readonly<Record<string, { readonly setup: GatewaySetup; readonly benchCase: Case }>> = {
  hot: { setup: SETUPS.shipped, benchCase: HOT },
  cold: { setup: SETUPS.shipped, benchCase: COLD },
  'hot-uncached': { setup: SETUPS.uncached, benchCase: HOT },
  'cold-uncached': { setup: SETUPS.uncached, benchCase: COLD },
  'keystone-hot': { setup: SETUPS.keystone, benchCase: HOT },
  'keystone-cold': { setup: SETUPS.keystone, benchCase: COLD },
  'get-hot': { setup: SETUPS.get, benchCase: HOT },
  'cors-hot': { setup: SETUPS.cors, benchCase: HOT },
  'rate-limit-hot': { setup: SETUPS.rateLimit, benchCase: HOT },
  'cors-and-rate-limit-hot': { setup: SETUPS.corsAndRateLimit, benchCase: HOT },
};
/** Two processes of the same code differ by some percent, so both servers are restarted after this many pairs. */
const PAIRS_PER_START = 5;
const MIN_PAIRS = 5;

/** CPU time a request of A and of B, in microseconds. */
type Pair = readonly [a: number, b: number];

async function measurePairs(
  { setup, benchCase }: { readonly setup: GatewaySetup; readonly benchCase: Case },
  revisions: readonly [Revision, Revision],
  pairs: number,
): Promise<readonly Pair[]> {
  const results: Pair[] = [];
  await using upstream = await startUpstream(0);
  while (results.length < pairs) {
    await using stack = new AsyncDisposableStack();
    const contenders = revisions.map(({ name, folder }) => gateway({ ...setup, name }, { root: folder }));
    const [a, b] = await startServers(contenders, upstream, stack);
    if (a === undefined || b === undefined) throw new Error('both revisions run here');
    await warmUp([a, b], [COLD, benchCase]);
    const cpuOf = async (server: typeof a) => (await measure(server, upstream, benchCase)).cpuMicros;
    for (let count = 0; count < PAIRS_PER_START && results.length < pairs; count += 1) {
      // A B, B A: a drift of the machine favours neither.
      if (results.length % 2 === 0) {
        const first = await cpuOf(a);
        results.push([first, await cpuOf(b)]);
      } else {
        const first = await cpuOf(b);
        results.push([await cpuOf(a), first]);
      }
    }
  }
  return results;
}

/** Ends the process: an error in the arguments needs no stack trace. */
function exitWithUsage(problem: string): never {
  process.stderr.write(
    `${problem}\nusage: npm run bench:compare -- REV_A REV_B [--pairs 15] [--case ${Object.keys(CASES).join('|')}]...\n`,
  );
  process.exit(2);
}

function parseCommandLine() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string', default: '15' },
      case: { type: 'string', multiple: true, default: ['hot', 'cold'] },
    },
  });
  const [a, b, ...others] = positionals;
  const pairs = Number(values.pairs);
  const cases = values.case.flatMap((name) => name.split(','));
  if (a === undefined || b === undefined || others.length > 0) exitWithUsage('expected two revisions');
  if (!Number.isInteger(pairs) || pairs < MIN_PAIRS)
    exitWithUsage(`--pairs: expected a whole number from ${MIN_PAIRS}`);
  return { a, b, pairs, cases };
}

function caseNamed(name: string) {
  const found = CASES[name];
  return found ?? exitWithUsage(`--case: there is no case ${name}`);
}

function checkOutNamed(name: string): Revision {
  return checkOut(name) ?? exitWithUsage(`${name} is not a commit`);
}

const { a, b, pairs, cases } = parseCommandLine();
const chosen = cases.map((name) => ({ name, ...caseNamed(name) }));
const revisions = [checkOutNamed(a), checkOutNamed(b)] as const;
const starts = Math.ceil(pairs / PAIRS_PER_START);
const seconds = 2 * (pairs * SECONDS + starts * 2 * MAX_WARM_UP_SECONDS);
const minutes = formatNumber((chosen.length * seconds) / 60);
process.stderr.write(`${pairs} pairs of ${SECONDS} s in ${chosen.length} cases: at most about ${minutes} minutes\n`);
const rows: string[][] = [];
for (const { name, ...compared } of chosen) {
  const results = await measurePairs(compared, revisions, pairs);
  const [medianA, medianB] = [median(results.map(([first]) => first)), median(results.map(([, second]) => second))];
  const ratio = meanRatio(results.map(([first, second]) => second / first));
  rows.push([name, formatNumber(medianA), formatNumber(medianB), formatInterval(ratio)]);
  process.stderr.write(`${name}: ${formatInterval(ratio)}\n`);
}
const [nameA, nameB] = revisions.map(({ name }) => name);
const head = ['CPU µs a request', `A: ${nameA}`, `B: ${nameB}`, 'B / A (95 % confidence interval)'];
process.stdout.write(`${table(head, rows)}\n`);

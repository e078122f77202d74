/**
 * Runs Apollo Server's suite for HTTP integrations, which is written for Jest, and compares what fails with the cases that can
 * not apply here. A case that fails without a reason below fails the run, and so does a reason whose case passes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OUR_PAGE = 'A browser that opens /graphql is sent to GraphiQL, so Apollo’s landing pages are never asked for.';
const PRIVATE = 'Every answer says Cache-Control: private, since it may depend on the caller’s token.';
const UNSUPPORTED_TYPE =
  'A body that is not application/json is answered 415 before Apollo sees it, where the case expects 400.';

const CANNOT_APPLY: Readonly<Record<string, string>> = {
  'renderLandingPage defaults to LocalDefault': OUR_PAGE,
  'renderLandingPage can specify version for LocalDefault': OUR_PAGE,
  'renderLandingPage can be disabled': OUR_PAGE,
  'renderLandingPage basic functionality basic GET works': OUR_PAGE,
  'renderLandingPage basic functionality basic GET works with more complex header': OUR_PAGE,
  'renderLandingPage async `html` function returns a string': OUR_PAGE,
  'renderLandingPage async `html` function throws': OUR_PAGE,
  'CSRF prevention default': UNSUPPORTED_TYPE,
  'graphqlHTTP throws an error if POST body is empty': UNSUPPORTED_TYPE,
  'graphqlHTTP throws an error if invalid content-type': UNSUPPORTED_TYPE,
  'graphqlHTTP throws an error if POST JSON is malformed':
    'Malformed JSON is answered 400 as the case expects, but in a sentence of Fastify’s.',
  'graphqlHTTP cache-control not set without any hints with if-cacheable': PRIVATE,
  'graphqlHTTP cache-control runs when cache-control is disabled': PRIVATE,
};

interface JestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function runJest(): JestReport {
  const folder = mkdtempSync(join(tmpdir(), 'apollo-suite-'));
  const output = join(folder, 'report.json');
  const jest = new URL('../../node_modules/jest/bin/jest.js', import.meta.url).pathname;
  const config = new URL('jest.config.json', import.meta.url).pathname;
  spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      jest,
      '--config',
      config,
      '--silent',
      '--json',
      '--outputFile',
      output,
    ],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  try {
    return JSON.parse(readFileSync(output, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const report = runJest();
const cases = report.testResults.flatMap(({ assertionResults }) => assertionResults);
// The first two titles are the suite's own and the file's.
const nameOf = ({ ancestorTitles, title }: (typeof cases)[number]) => [...ancestorTitles.slice(2), title].join(' ');
const failed = cases.filter(({ status }) => status === 'failed');
const unexplained = failed.filter((one) => !Object.hasOwn(CANNOT_APPLY, nameOf(one)));
const explained = new Set(failed.map(nameOf));
const stale = Object.keys(CANNOT_APPLY).filter((name) => !explained.has(name));

for (const [name, reason] of Object.entries(CANNOT_APPLY)) process.stdout.write(`cannot apply: ${name}\n  ${reason}\n`);
for (const one of unexplained) process.stdout.write(`FAILED: ${nameOf(one)}\n${one.failureMessages.join('\n')}\n`);
for (const name of stale) process.stdout.write(`FAILED: it is said not to apply, but passes: ${name}\n`);
for (const { message } of report.testResults.filter(({ assertionResults }) => assertionResults.length === 0)) {
  process.stdout.write(`FAILED: the suite did not run\n${message}\n`);
}
process.stdout.write(
  `Apollo's integration suite: ${report.numPassedTests} passed, ${unexplained.length + stale.length} failed\n`,
);
process.exitCode = report.numPassedTests > 200 && unexplained.length + stale.length === 0 ? 0 : 1;

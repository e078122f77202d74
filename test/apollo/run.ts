/**
 * Runs Apollo Server's suite for HTTP integrations, which requires Jest, and compares the failures with the cases that do not
 * apply here. The run fails for a case that fails and is not listed below, and for a listed case that passes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OUR_PAGE = 'A browser that opens /graphql is redirected to GraphiQL, so Apollo’s landing pages are not used.';
const PRIVATE = 'Every response has Cache-Control: private, since it may depend on the caller’s token.';
const UNSUPPORTED_TYPE =
  'A body that is not application/json gets 415 before it reaches Apollo, where the case expects 400.';

const NOT_APPLICABLE: Readonly<Record<string, string>> = {
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
    'Malformed JSON gets 400 as the case expects, but with the message of Fastify.',
  'graphqlHTTP cache-control not set without any hints with if-cacheable': PRIVATE,
  'graphqlHTTP cache-control runs when cache-control is disabled': PRIVATE,
  'graphqlHTTP rejects the request if the method is not POST or GET':
    'HEAD is served as GET, without a body (RFC 9110, 9.3.2), where the case expects 405.',
  'MAY use 400 status code on missing {query} parameter':
    'GraphQL over HTTP, “Status Codes”: “If the request is not a well-formed GraphQL-over-HTTP request, status code 422 SHOULD be used.”',
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
// The first two titles are those of the suite and the file.
const nameOf = ({ ancestorTitles, title }: (typeof cases)[number]) => [...ancestorTitles.slice(2), title].join(' ');
const failed = cases.filter(({ status }) => status === 'failed');
const unexpected = failed.filter((one) => !Object.hasOwn(NOT_APPLICABLE, nameOf(one)));
const failedNames = new Set(failed.map(nameOf));
const obsolete = Object.keys(NOT_APPLICABLE).filter((name) => !failedNames.has(name));

for (const [name, reason] of Object.entries(NOT_APPLICABLE)) {
  process.stdout.write(`not applicable: ${name}\n  ${reason}\n`);
}
for (const one of unexpected) process.stdout.write(`FAILED: ${nameOf(one)}\n${one.failureMessages.join('\n')}\n`);
for (const name of obsolete) process.stdout.write(`FAILED: listed as not applicable, but passes: ${name}\n`);
for (const { message } of report.testResults.filter(({ assertionResults }) => assertionResults.length === 0)) {
  process.stdout.write(`FAILED: the suite did not run\n${message}\n`);
}
process.stdout.write(
  `Apollo's integration suite: ${report.numPassedTests} passed, ${unexpected.length + obsolete.length} failed\n`,
);
process.exitCode = report.numPassedTests > 200 && unexpected.length + obsolete.length === 0 ? 0 : 1;

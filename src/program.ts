/** The program: its commands, start and signals. */
import { setFlagsFromString } from 'node:v8';
import { checkCloud } from './cli/check.ts';
import { formatRows, isServed } from './cli/check-row.ts';
import { type Format, readCommandLine } from './cli/command-line.ts';
import { helpText, versionText } from './cli/help.ts';
import { type Config, ConfigError, type Environment, loadConfig } from './config/config.ts';
import { exitAfterLogging, exitNow } from './exit.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { loadSdl, toApiSdl } from './graphql/schema.ts';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from './sandbox/cloud.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { terminalOutput } from './telemetry/terminal-output.ts';

/**
 * The growth of the heap over the live objects before a collection, in percent. By default V8 lets the heap grow fourfold where the
 * machine has the memory: half a gigabyte for caches of some 50 MB. With 40, `npm run soak` stays below 250 MB; with 100, a short run
 * reached 284 MB.
 */
setFlagsFromString('--heap-growing-percent=40');

/** The codes EX_USAGE and EX_CONFIG of sysexits.h, which systemd shows by name. */
const EXIT_USAGE = 64;
const EXIT_CONFIGURATION = 78;
/** The timeout for requests in flight after an uncaught exception, in milliseconds. */
const EXCEPTION_DRAIN_MS = 3000;

function readConfig(env: Environment): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) exitWithError(error.message, EXIT_CONFIGURATION);
    throw error;
  }
}

/** Sets the variables in `.env`, in the working directory, that are not set yet. The file is optional. */
function readEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    exitWithError(
      "`.env` in the working directory can't be read; expected a readable file, or none",
      EXIT_CONFIGURATION,
    );
  }
}

function exitWithError(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

async function serve(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel, process.stdout.isTTY ? await terminalOutput(process.stdout) : undefined);
  try {
    const gateway = await createGateway(config, logger);
    stopOnSignals(gateway, config, logger);
    stopOnException(gateway, logger);
    await gateway.metricsApp?.listen({ host: config.host, port: config.metricsPort ?? 0 });
    printBanner(gateway, await gateway.app.listen({ host: config.host, port: config.port }));
  } catch (error) {
    logger.fatal({ err: error }, 'The gateway does not start');
    process.stderr.write(`${startProblem(error, config)}\n`);
    exitAfterLogging(1, logger);
  }
}

/** The error of the start in one sentence. */
function startProblem(error: unknown, { host, port, metricsPort }: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const failedPort = error instanceof Error && 'port' in error ? error.port : undefined;
  // The ports differ, unless both are 0.
  const setting = failedPort === metricsPort ? `METRICS_PORT is ${metricsPort}` : `PORT is ${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${setting}, which is in use at ${host}; choose another, or 0 for any.`;
    case 'EACCES':
      return `${setting}, which this user may not listen on; choose one above 1023.`;
    case 'EADDRNOTAVAIL':
      return `HOST is "${host}", which is not an address of this machine; 0.0.0.0 is all of them.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST is "${host}", which can't be resolved; use an address of this machine, or 0.0.0.0 for all of them.`;
    default:
      return `The gateway does not start: ${error instanceof Error ? error.message : error}`;
  }
}

/** Printed to standard error, for people. The log goes to standard output. */
function printBanner({ isSandbox, hasPages }: Gateway, address: string): void {
  const lines = [`glance-graphql listens at ${address}${hasPages ? ' (open it in a browser)' : ''}`];
  if (isSandbox) {
    lines.push(
      'This is a SANDBOX: requests go to an embedded Glance, not to a cloud. Set OS_AUTH_URL or GLANCE_URL for a real one.',
      `Its tokens (X-Auth-Token): ${SANDBOX_ADMIN_TOKEN} for an operator, ${SANDBOX_MEMBER_TOKEN} for any other user.`,
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/**
 * After the first signal `/readyz` responds with 503, so that load balancers remove the instance. After `shutdownDelayMs` the gateway
 * stops accepting requests and completes those in flight, within `shutdownTimeoutMs`. A second signal exits at once.
 */
function stopOnSignals(gateway: Gateway, { shutdownDelayMs, shutdownTimeoutMs }: Config, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) exitNow(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    gateway.beginDrain();
    setTimeout(close, shutdownDelayMs);
  };
  const close = () => {
    const giveUp = () =>
      fail(`Requests are still in flight after ${shutdownTimeoutMs} ms (SHUTDOWN_TIMEOUT_MS); exiting.`);
    setTimeout(giveUp, shutdownTimeoutMs);
    gateway.close().then(
      () => exitAfterLogging(0, logger),
      (error: unknown) => fail(`Closing failed: ${error}`),
    );
  };
  const fail = (message: string) => {
    process.stderr.write(`${message}\n`);
    exitAfterLogging(1, logger);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** On an uncaught exception, drains and exits: the state of the process is unknown. A supervisor restarts it. */
function stopOnException(gateway: Gateway, logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'Uncaught exception; the process exits');
    gateway.beginDrain();
    const exit = () => exitAfterLogging(1, logger);
    setTimeout(exit, EXCEPTION_DRAIN_MS);
    gateway.close().finally(exit);
  });
}

async function check(config: Config, format: Format): Promise<void> {
  if (config.token === null && config.cloud.kind !== 'endpoints') {
    exitWithError('OS_TOKEN is missing: `openstack token issue -f value -c id` issues one.', EXIT_CONFIGURATION);
  }
  for (const warning of config.warnings) process.stderr.write(`${warning}\n`);
  const rows = await checkCloud(config);
  process.stdout.write(formatRows(rows, format));
  process.exitCode = isServed(rows) ? 0 : 1;
}

// Without a listener, writing to a closed pipe would end the process with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const line = readCommandLine(process.argv.slice(2));
if (line.kind === 'help') process.stdout.write(helpText());
else if (line.kind === 'version') process.stdout.write(versionText());
else if (line.kind === 'wrong') exitWithError(`${line.problem}\nRun glance-graphql --help for usage.`, EXIT_USAGE);
else if (line.command === 'schema') process.stdout.write(line.federation ? loadSdl() : toApiSdl(loadSdl()));
else {
  readEnvFile();
  const config = readConfig({ ...process.env, ...line.overrides });
  await (line.command === 'check' ? check(config, line.format) : serve(config));
}

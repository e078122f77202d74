#!/usr/bin/env -S node --max-semi-space-size=16
/**
 * The process: arguments, start, signals.
 *
 * It is started with a young generation of half of V8's own size, which costs some 4 % of requests a second and saves 30 MB.
 */
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import { checkCloud, formatRows } from './check.ts';
import { helpText, readCommandLine } from './command-line.ts';
import { type Config, ConfigError, type Environment, loadConfig } from './config.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { loadSdl } from './graphql/schema.ts';
import { openCloud } from './open-cloud.ts';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from './sandbox/cloud.ts';
import { createLog, readableOutput } from './telemetry/log.ts';

/**
 * By how much the heap may outgrow what is alive before garbage is collected, in percent. V8 would have it grow fourfold where the
 * machine has the memory: half a gigabyte for caches of some 50 MB. At 40, a soak of a million requests peaks at 240 MB; at 100, a
 * short one took 284.
 */
setFlagsFromString('--heap-growing-percent=40');

const EXIT_USAGE = 64;
/** What requests in flight are given after a fault, in milliseconds. */
const FAULT_GRACE_MS = 3000;
/** As sysexits.h has it, and systemd shows it: the configuration is wrong. */
const EXIT_CONFIGURATION = 78;

function readConfig(env: Environment): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) endWith(error.message, EXIT_CONFIGURATION);
    throw error;
  }
}

function endWith(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel, process.stdout.isTTY ? await readableOutput() : undefined);
  const gateway = await createGateway(config, log);
  stopOnSignals(gateway, config);
  stopOnFaults(gateway, log);
  try {
    greet(gateway, await gateway.app.listen({ host: config.host, port: config.port }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      endWith(`PORT is ${config.port}, which is in use at ${config.host}; choose another, or 0 for any.`, 1);
    }
    throw error;
  }
}

/** For people; the log is on standard output. */
function greet({ isSandbox, hasPages }: Gateway, address: string): void {
  const lines = [`glance-graphql listens at ${address}${hasPages ? ' (open it in a browser)' : ''}`];
  if (isSandbox) {
    lines.push(
      'This is a SANDBOX: an embedded Glance answers, no cloud is asked. Set OS_AUTH_URL or GLANCE_URL for a real one.',
      `Its tokens (X-Auth-Token): ${SANDBOX_ADMIN_TOKEN} for an operator, ${SANDBOX_MEMBER_TOKEN} for everybody else.`,
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/**
 * The first signal has `/readyz` say 503, so that new requests are sent elsewhere; after `shutdownDelayMs` those in flight are let
 * end, within `shutdownTimeoutMs`. A second one ends the process at once.
 */
function stopOnSignals(gateway: Gateway, { shutdownDelayMs, shutdownTimeoutMs }: Config): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    gateway.announceEnd();
    if (shutdownDelayMs === 0) close();
    else setTimeout(close, shutdownDelayMs);
  };
  const close = () => {
    const giveUp = () => endWith(`Requests are still in flight after ${shutdownTimeoutMs} ms; ending without them.`, 1);
    setTimeout(giveUp, shutdownTimeoutMs).unref();
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => endWith(`Closing failed: ${error}`, 1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** After a fault that nobody took care of the process is in no known state: it ends, orderly, for something to start it anew. */
function stopOnFaults(gateway: Gateway, logger: Logger): void {
  process.on('uncaughtException', (fault) => {
    logger.fatal({ err: fault }, 'A fault of our own; the process ends');
    gateway.announceEnd();
    setTimeout(() => process.exit(1), FAULT_GRACE_MS).unref();
    gateway.close().finally(() => process.exit(1));
  });
}

async function check(config: Config): Promise<void> {
  if (config.token === null && config.cloud.kind !== 'endpoints') {
    endWith('OS_TOKEN is missing: `openstack token issue -f value -c id` makes one.', EXIT_CONFIGURATION);
  }
  const cloud = await openCloud(config, (warning) => process.stderr.write(`${warning}\n`));
  const rows = await checkCloud(cloud, config);
  process.stdout.write(formatRows(rows));
  await cloud.close();
  process.exitCode = rows.every(({ usable }) => usable) ? 0 : 1;
}

const line = readCommandLine(process.argv.slice(2));
if (line.kind === 'help') process.stdout.write(helpText());
else if (line.kind === 'wrong') endWith(`${line.problem}\nglance-graphql --help tells more.`, EXIT_USAGE);
else if (line.command === 'schema') process.stdout.write(loadSdl());
else {
  const config = readConfig({ ...process.env, ...line.overrides });
  await (line.command === 'check' ? check(config) : serve(config));
}

#!/usr/bin/env node
/** The process: configuration, start, signals. */
import { type Config, ConfigError, loadConfig } from './config.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from './sandbox/cloud.ts';
import { createLogger } from './telemetry/log.ts';

/** As Docker and systemd know it: the process ended because its configuration is wrong. */
const EXIT_CONFIGURATION = 78;

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) endWith(error.message, EXIT_CONFIGURATION);
    throw error;
  }
}

function endWith(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** For people; the log is on standard output. */
function greet({ isSandbox }: Gateway, address: string): void {
  const lines = [`glance-graphql listens. GraphiQL: ${address}/graphiql`];
  if (isSandbox) {
    lines.push(
      'This is a SANDBOX: an embedded Glance answers, no cloud is asked. Set OS_AUTH_URL or GLANCE_URL for a real one.',
      `Its tokens (X-Auth-Token): ${SANDBOX_ADMIN_TOKEN} for an operator, ${SANDBOX_MEMBER_TOKEN} for everybody else.`,
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** The first signal lets requests in flight end, within the time configured; a second one ends the process at once. */
function stopOnSignals(gateway: Gateway, timeoutMs: number): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    setTimeout(
      () => endWith(`Requests are still in flight after ${timeoutMs} ms; ending without them.`, 1),
      timeoutMs,
    ).unref();
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => endWith(`Closing failed: ${error}`, 1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

const config = readConfig();
const gateway = await createGateway(config, createLogger(config.logLevel));
stopOnSignals(gateway, config.shutdownTimeoutMs);
try {
  greet(gateway, await gateway.app.listen({ host: config.host, port: config.port }));
} catch (error) {
  const { code } = error instanceof Error && 'code' in error ? error : { code: undefined };
  if (code === 'EADDRINUSE')
    endWith(`PORT is ${config.port}, which is in use at ${config.host}; choose another, or 0 for any.`, 1);
  throw error;
}

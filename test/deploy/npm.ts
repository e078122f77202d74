/** Runs npm, in other folders than the checkout. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const ROOT = new URL('../..', import.meta.url).pathname;

/** Without the variables of npm and Vitest, which would make npm use the folder that the tests run in. */
export const npmEnvironment = (cache: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !/^(npm_|VITEST|INIT_CWD)/.test(name)),
  ),
  npm_config_cache: cache,
});

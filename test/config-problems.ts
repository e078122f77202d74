import { type Environment, loadConfig } from '../src/config/config.ts';

/** The message about these variables; empty when there is no problem. */
export function problemsOf(env: Environment): string {
  try {
    loadConfig(env);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

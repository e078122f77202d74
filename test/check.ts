/** Runs `check` in this process. */
import { checkCloud } from '../src/cli/check.ts';
import { type CheckRow, formatRows, isServed } from '../src/cli/check-row.ts';
import { type Environment, loadConfig } from '../src/config/config.ts';
import { replay } from './recorded.ts';
import type { Behaviour } from './recording-upstream.ts';

/** A healthy Glance 33 with several stores, for an admin. */
export const NEWEST_GLANCE: Record<string, Behaviour> = {
  '/versions': replay('api-2.18-33.versions'),
  '/v2/info/import': replay('api-2.18-33-multistore-admin.import'),
  '/v2/info/stores': replay('api-2.18-33-multistore-admin.stores'),
  '/v2/info/stores/detail': replay('api-2.18-33-multistore-admin.stores-detail'),
  '/v2/info/usage': replay('api-2.18-33-multistore-admin.usage'),
};

export interface Checked {
  /** As the exit code of the program. */
  readonly code: 0 | 1;
  readonly rows: readonly CheckRow[];
  readonly out: string;
  /** The different pieces of advice of the rows that failed. */
  readonly causes: readonly string[];
}

export async function runCheck(env: Environment): Promise<Checked> {
  const rows = await checkCloud(loadConfig(env));
  const causes = [...new Set(rows.filter(({ isOk }) => !isOk).map(({ advice }) => advice))];
  return { code: isServed(rows) ? 0 : 1, rows, out: formatRows(rows, 'text'), causes };
}

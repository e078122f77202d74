/** Checks out revisions of the project into temporary git worktrees. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = new URL('..', import.meta.url).pathname;
const GIT_TIMEOUT_MS = 60_000;
/** Not in git: the dependencies and the built pages. All revisions run with those of the working tree. */
const LINKED = ['node_modules', 'web/dist'];

export interface Revision {
  /** As given, with the short commit id. */
  readonly name: string;
  readonly folder: string;
}

/**
 * The worktree is removed when this process ends.
 *
 * @param revision any name of a commit, or `.` for the working tree
 * @returns null when there is no such commit
 */
export function checkOut(revision: string): Revision | null {
  if (revision === '.') return { name: 'working tree', folder: PROJECT };
  const { status, stdout } = spawnSync(
    'git',
    ['rev-parse', '--short', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    { cwd: PROJECT, encoding: 'utf8', timeout: GIT_TIMEOUT_MS },
  );
  if (status !== 0) return null;
  const commit = stdout.trim();
  const folder = mkdtempSync(join(tmpdir(), 'bench-revision-'));
  process.on('exit', () => {
    spawnSync('git', ['worktree', 'remove', '--force', folder], { cwd: PROJECT, timeout: GIT_TIMEOUT_MS });
    rmSync(folder, { recursive: true, force: true });
  });
  const add = ['-c', 'core.hooksPath=/dev/null', 'worktree', 'add', '--quiet', '--detach', folder, commit];
  execFileSync('git', add, { cwd: PROJECT, timeout: GIT_TIMEOUT_MS });
  for (const path of LINKED) {
    const source = join(PROJECT, path);
    if (existsSync(source)) symlinkSync(realpathSync(source), join(folder, path));
  }
  return { name: commit.startsWith(revision) ? commit : `${revision} (${commit})`, folder };
}

import { test } from 'vitest';

/**
 * For tests that need programs from outside npm. Where one is missing the tests are skipped with a message; with
 * `REQUIRE_REAL_COMPONENTS=1`, as in CI, a missing program is a failure.
 */
export function realComponents(missing: readonly string[]): { readonly skip: boolean } {
  if (missing.length === 0) return { skip: false };
  const message = `Not installed: ${missing.join(', ')}. test/openstack/install.sh installs the missing programs.`;
  if (process.env.REQUIRE_REAL_COMPONENTS === '1') {
    test('the real components are installed', () => {
      throw new Error(message);
    });
  } else {
    process.stderr.write(`${message}\n`);
  }
  return { skip: true };
}

/** As `realComponents`, for programs that can't always be installed: without them the tests are skipped, in CI too. */
export function optionalComponents(missing: readonly string[], consequence: string): { readonly skip: boolean } {
  if (missing.length === 0) return { skip: false };
  const message = `SKIPPED: ${consequence}. Not installed: ${missing.join(', ')}`;
  process.stderr.write(`${message}\n`);
  test.skip(message);
  return { skip: true };
}

/** The accessibility of a page, judged by axe-core. */
import axe, { type Result } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What axe-core finds is judged here. The rest of its results is large. */
const VIOLATIONS = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)";

/** @returns the rules that the page violates, and the elements that do */
export async function violationsOf(page: Page): Promise<readonly Result[]> {
  // Frames would need it, too.
  expect(page.frames()).toHaveLength(1);
  // A page that was judged before has it, compiled.
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source);
  return page.evaluate<Result[]>(VIOLATIONS);
}

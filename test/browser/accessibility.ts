/** The accessibility of a page, judged by axe-core. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** @returns the rules that the page violates, and the elements that do */
export async function violationsOf(page: Page) {
  // The other mode collects the results of all frames in another page, which takes as long again.
  expect(page.frames()).toHaveLength(1);
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  return (await axe.analyze()).violations;
}

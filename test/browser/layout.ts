/** What is wrong with the layout of a page, as a reader sees it. */
import type { Page } from 'playwright-core';

/** A browser's own zoom makes the window narrower in CSS pixels; the size of its text is that of the root. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly text: '100%' | '200%';
}

export const size = (width: number, text: Size['text'] = '100%', height = 800): Size => ({ width, height, text });

export async function resize(page: Page, { width, height, text }: Size): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(`document.documentElement.style.fontSize = '${text}'`);
}

/** Lines of text that leave the window, that their box cuts off, or that lie over others; and whether the page scrolls to the side. */
const FAULTS = `(() => {
  const faults = new Set();
  const excess = document.documentElement.scrollWidth - innerWidth;
  if (excess > 0) faults.add('the page scrolls to the side by ' + excess + ' px');
  const isHidden = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return true;
    if (element.closest('details:not([open]) > :not(summary), .skip-link') !== null) return true;
    for (let one = element; one !== null; one = one.parentElement) if (getComputedStyle(one).clipPath !== 'none') return true;
    return false;
  };
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || /^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(element.tagName) || isHidden(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const shown = JSON.stringify(node.textContent.trim().slice(0, 40));
    for (const box of range.getClientRects()) {
      if (box.width < 2) continue;
      lines.push({ box, shown, node });
      if (box.left < -1 || box.right > innerWidth + 1) faults.add(shown + ' leaves the window');
    }
    const cutting = getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
    if (cutting) faults.add(shown + ' is cut off');
  }
  for (const [index, { box, shown, node }] of lines.entries()) {
    for (const other of lines.slice(index + 1)) {
      if (other.node === node) continue;
      const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (width > 2 && height > 4) faults.add(shown + ' and ' + other.shown + ' overlap');
    }
  }
  return [...faults];
})()`;

export async function layoutFaults(page: Page): Promise<readonly string[]> {
  const faults: unknown = await page.evaluate(FAULTS);
  return Array.isArray(faults) ? faults.map(String) : ['unknown'];
}

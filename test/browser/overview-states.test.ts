/**
 * Each state of the overview: accessible in both themes, and without horizontal scrolling at all widths. With
 * `SCREENSHOTS=<folder>`, it leaves pictures of them all.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realComponents } from '../real-components.ts';
import { after } from '../recording-upstream.ts';
import { violationsOf } from './accessibility.ts';
import { launchBrowser, missingBrowser } from './browser.ts';
import { layoutFaults, resize, size } from './layout.ts';
import { cloud, OF_ADMIN } from './overview-clouds.ts';
import { loaded, panel, STATES, showState, stateNamed } from './overview-states.ts';

const { skip } = realComponents(missingBrowser);

const WIDTHS = [360, 768, 1280, 1920];
/** Those of 640 and 320 px are what zooming to 200 % and 400 % leaves of 1280. */
const SIZES = [
  ...WIDTHS.map((width) => size(width)),
  size(640, '100%', 400),
  size(320),
  size(1280, '200%'),
  size(360, '200%'),
];
const THEMES = ['light', 'dark'] as const;

describe.skipIf(skip)('a state of the overview', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const newPage = async (options: Parameters<Browser['newContext']>[0] = {}) =>
    (await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })).newPage();

  test.each(STATES)(
    '$name is accessible, and fits each width, zoom and size of text, in both themes',
    async (state) => {
      await using stage = await state.start();
      const page = await newPage();
      await showState(page, state, stage);
      for (const colorScheme of THEMES) {
        // In either theme once: a narrow table is a list.
        await resize(page, size(colorScheme === 'light' ? 1280 : 360));
        await page.emulateMedia({ colorScheme });
        const violations = await violationsOf(page);
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        for (const one of SIZES) {
          await resize(page, one);
          expect([one, await layoutFaults(page)]).toEqual([one, []]);
          const folder = process.env.SCREENSHOTS;
          const path = `${folder}/${state.name}-${one.width}-${one.text.slice(0, -1)}-${colorScheme}.png`;
          if (folder !== undefined) await page.screenshot({ path, fullPage: true });
        }
      }
      await page.context().close();
    },
  );

  test.each(WIDTHS)('loading moves nothing that is there already, at %i px', async (width) => {
    const slow = Object.entries(OF_ADMIN).map(([path, call], index) => [path, after(150 * index, call)] as const);
    const state = { name: 'slow', start: cloud({ RegionOne: Object.fromEntries(slow) }), token: 'mine', show: loaded };
    await using stage = await state.start();
    const page = await newPage({ viewport: { width, height: 800 } });
    await page.addInitScript(`
      window.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    `);
    await showState(page, state, stage);
    // What browsers count as good is below 0.1.
    expect(await page.evaluate('window.shift')).toBeLessThan(0.05);
    await page.context().close();
  });

  test('is printed in black on white, without controls', async () => {
    const state = stateNamed('part-failed');
    await using stage = await state.start();
    const page = await newPage({ viewport: { width: 720, height: 1000 }, colorScheme: 'dark' });
    await showState(page, state, stage);
    await page.emulateMedia({ media: 'print' });
    const colors = '(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))';
    expect(await page.evaluate(colors)).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
    const controls = page.locator('button, select, input, nav a').filter({ visible: true });
    expect(await controls.allInnerTexts()).toEqual([]);
    expect(await panel(page, 'Stores').isVisible()).toBe(true);
    await page.context().close();
  });

  test('does not move where people ask for less motion', async () => {
    const state = stateNamed('skeletons');
    await using stage = await state.start();
    const page = await newPage();
    await showState(page, state, stage);
    const animations = () => page.evaluate('document.getAnimations().length');
    expect(await animations()).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await expect.poll(animations).toBe(0);
    await page.context().close();
  });

  test('is announced once, and so is a refresh', async () => {
    const state = stateNamed('stale');
    await using stage = await state.start();
    const page = await newPage();
    await page.addInitScript(`
      window.announced = [];
      new MutationObserver(() => {
        for (const region of document.querySelectorAll('[role=status]')) {
          const text = region.textContent.trim();
          if (text !== '' && region.announced !== text) window.announced.push(text);
          region.announced = text;
        }
      }).observe(document, { subtree: true, childList: true, characterData: true });
    `);
    await showState(page, { ...state, show: loaded }, stage);
    const announced = () => page.evaluate('window.announced');
    const loading = ['Checking the token …', 'Project weather-forecast as member, reader', 'RegionOne is loaded'];
    await expect.poll(announced).toEqual(loading);
    await state.show(page, stage);
    await expect.poll(announced).toEqual([...loading, 'RegionOne can’t be refreshed']);
    await page.context().close();
  });

  test('that is stale has one notice, with the reason', async () => {
    const state = stateNamed('stale');
    await using stage = await state.start();
    const page = await newPage();
    await showState(page, state, stage);
    expect(await page.getByText('Last results: ').count()).toBe(1);
    await page.getByText('Technical details').click();
    await page.getByText('UPSTREAM_UNAVAILABLE').waitFor();
    await page.context().close();
  });

  test('has headings in order, and a name for each landmark', async () => {
    const state = stateNamed('two-regions');
    await using stage = await state.start();
    const page = await newPage();
    await showState(page, state, stage);
    const levels = await page.locator('h1, h2, h3, h4').evaluateAll((all) => all.map(({ tagName }) => tagName));
    expect(levels.slice(0, 4)).toEqual(['H1', 'H2', 'H3', 'H4']);
    const snapshot = await page.locator('body').ariaSnapshot();
    const landmarks = snapshot.match(/^ *- (banner|navigation|main|article|region|complementary)\b.*/gm) ?? [];
    expect(landmarks.map((line) => line.trim().replace(/^- |:$/g, ''))).toEqual([
      'banner',
      'navigation "Pages"',
      'region "Session"',
      'complementary "Sandbox"',
      'main',
      ...['RegionOne', 'RegionTwo'].flatMap((id) => [
        `article "${id}"`,
        ...['Quotas', 'What can I upload here?', 'Stores', 'Import methods'].map((title) => `region "${title} ${id}"`),
      ]),
    ]);
    // Every row has a cell for each column, also where a narrow screen does not show it.
    await page.setViewportSize({ width: 360, height: 800 });
    const rows = await page.getByRole('row').all();
    expect(rows.length).toBe(7);
    for (const row of rows.slice(1)) expect(await row.getByRole('cell').count()).toBe(5);
    await page.context().close();
  });
});

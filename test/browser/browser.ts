/** Debian's Chromium, controlled by playwright-core. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

export const missingBrowser = existsSync(CHROMIUM) ? [] : [CHROMIUM];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Opens a page of a gateway. A browser that starts keeps the machine busy, for which the gateway sheds load at first. */
export async function openPage(page: Page, url: string): Promise<void> {
  while ((await fetch(url)).status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
  await page.goto(url);
}

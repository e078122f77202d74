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

/** The bytes that a browser receives from the network while it does something: the compressed bodies and the headers. */
export async function transferredBytes(page: Page, act: () => Promise<unknown>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await session.send('Network.enable');
  await act();
  await session.detach();
  return bytes;
}

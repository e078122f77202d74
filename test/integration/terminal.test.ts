/** What the program writes to a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { startInTerminal } from '../program.ts';

const PARTIAL = 'query Portal { info { stores { id } storesDetail { id } } }';
const TIME = String.raw`^\[\d\d:\d\d:\d\d\.\d{3}\]`;
/** Not any 503 in the line: request ids are random. */
const SHED = new RegExp(`${TIME}  503 `);

/** Sends a query and a request for a path that does not exist, and returns the lines about them. */
async function requestLines(env: Record<string, string>): Promise<string[]> {
  await using program = startInTerminal(env);
  const url = () => /listens at (http:\/\/[\w.:-]+\d)/.exec(program.text())?.[1];
  await expect.poll(url, { timeout: 15_000 }).toBeDefined();
  const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-member' };
  const send = async (path: string, init: RequestInit) => {
    const { status } = await fetch(url() + path, init);
    // A gateway that has just started may shed load.
    return status === 503;
  };
  await expect
    .poll(() => send('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: PARTIAL }) }))
    .toBe(false);
  await expect.poll(() => send('/nowhere?token=secret', {})).toBe(false);
  const lines = () =>
    program
      .text()
      .split(/\r?\n/)
      .filter((line) => /Portal|nowhere/.test(line) && !SHED.test(stripVTControlCharacters(line)));
  await expect.poll(() => lines().length).toBe(2);
  return lines();
}

test('is a line for each request: time, status, milliseconds, operation, outcome and request id', async () => {
  const [query = '', other = ''] = (await requestLines({})).map(stripVTControlCharacters);
  expect(query).toMatch(new RegExp(String.raw`${TIME}  200 +\d+\.\d ms  Portal +partial FORBIDDEN  req-[\w-]{36}$`));
  expect(other).toMatch(new RegExp(String.raw`${TIME}  404 +\d+\.\d ms  GET /nowhere +req-[\w-]{36}$`));
});

test('is in colours, unless NO_COLOR is set', async () => {
  const [inColours = ''] = await requestLines({});
  expect(inColours).not.toBe(stripVTControlCharacters(inColours));
  const [plain = ''] = await requestLines({ NO_COLOR: '1' });
  expect(plain).toBe(stripVTControlCharacters(plain));
});

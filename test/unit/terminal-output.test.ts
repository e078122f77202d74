import { expect, test } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { terminalOutput } from '../../src/telemetry/terminal-output.ts';

const LINE = {
  time: '2026-11-23T12:00:00.000Z',
  requestId: 'req-1',
  method: 'POST',
  path: '/graphql',
  status: 200,
  ms: 12.4,
};

/** What a terminal without colours gets. */
function startTerminal() {
  let text = '';
  const write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  return { terminal: { hasColors: () => false, write }, text: () => text };
}

async function parts(line: object): Promise<string[]> {
  const { terminal, text } = startTerminal();
  const output = await terminalOutput(terminal);
  output.write(JSON.stringify({ ...LINE, msg: 'request', ...line }));
  return text().trim().split(/ {2,}/).slice(1);
}

test('a line names the operation, or else the method and the path', async () => {
  expect(await parts({ operation: 'Portal', outcome: 'ok' })).toEqual(['200', '12.4 ms', 'Portal', 'ok', 'req-1']);
  expect(await parts({})).toEqual(['200', '12.4 ms', 'POST /graphql', 'req-1']);
});

test('the query is on the same line', async () => {
  expect((await parts({ query: '{\n  info { region { id } }\n}' })).at(-1)).toBe('{ info { region { id } } }');
});

test('a terminal gets no control characters of upstreams and callers, and one line for each entry', async () => {
  const { terminal, text: written } = startTerminal();
  const logger = createLogger('info', await terminalOutput(terminal));
  logger.warn('Service catalog: \u001b[31mred\r\nINFO: forged \u009b31m\u202e');
  logger.info({ region: 'a\u001b[31m\nb', err: new Error('of \u001b]0;title\u0007\nforged') }, 'call failed');
  logger.request({ ...LINE, path: '/\u009b2J\u007f', query: '{a} # \u009b31m \u2066\n{b}' });
  const text = written();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are searched for
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2066]/);
  expect(text).toContain('Service catalog: ?[31mred INFO: forged ?31m?\n');
  expect(text).toContain('  POST /?2J?');
  expect(text).toContain('{a} # ?31m ? {b}\n');
  expect(text.split('\n').filter((line) => /^(INFO: )?forged/.test(line))).toEqual([]);
});

import { expect, test } from 'vitest';
import { formatRequest } from '../../src/telemetry/terminal-output.ts';

const LINE = {
  time: '2026-11-23T12:00:00.000Z',
  requestId: 'req-1',
  method: 'POST',
  path: '/graphql',
  status: 200,
  ms: 12.4,
};
const plain = (_style: string, text: string) => text;
const parts = (line: object) =>
  formatRequest({ ...LINE, ...line }, plain)
    .split(/ {2,}/)
    .slice(1);

test('a line names the operation, or else the method and the path', () => {
  expect(parts({ operation: 'Portal', outcome: 'ok' })).toEqual(['200', '12.4 ms', 'Portal', 'ok', 'req-1']);
  expect(parts({})).toEqual(['200', '12.4 ms', 'POST /graphql', 'req-1']);
});

test('the query is on the same line', () => {
  expect(parts({ query: '{\n  info { region { id } }\n}' }).at(-1)).toBe('{ info { region { id } } }');
});

test('control characters of a path do not reach the terminal', () => {
  expect(parts({ path: '/\u009b2J\u007f' })).toContain('POST /?2J?');
});

/** Headers and methods of requests to `/mcp`. */
import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ MCP: '1' });
});
afterAll(() => gateway.close());

const BOTH = 'application/json, text/event-stream';
const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

/** Exactly these headers, as `fetch` adds an `Accept` of its own. */
async function send(headers: Readonly<Record<string, string>>, { body = LIST, method = 'POST' } = {}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === 'POST' ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : '';
  const head = `${method} /mcp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}${length}\r\n`;
  const response = await sendRaw(gateway, head + (method === 'POST' ? body : ''));
  return { status: Number(response.slice(9, 12)), response };
}

describe('Accept', () => {
  test.each([
    BOTH,
    'TEXT/EVENT-STREAM, Application/JSON',
    'application/json;q=0.5, text/event-stream;q=0.9',
    'application/json; charset=utf-8, text/event-stream',
    'application/*, text/*',
    '*/*',
  ])('%s allows both media types of the transport', async (accept) => {
    const { status, response } = await send({ Accept: accept });
    expect([status, response]).toEqual([200, expect.stringContaining('"get_upload_options"')]);
  });

  test.each([
    'application/json',
    'text/event-stream',
    'application/json, text/event-stream;q=0',
    'application/json;q=0, text/event-stream',
    'application/json;q=0, */*',
    'text/html',
    '',
  ])('"%s" does not', async (accept) => {
    const { status, response } = await send({ Accept: accept });
    expect([status, response]).toEqual([406, expect.stringContaining('"jsonrpc":"2.0"')]);
  });

  test('may be absent', async () => {
    expect((await send({})).status).toBe(200);
  });
});

test('the id of a session, and of an event, is ignored: there are no sessions', async () => {
  for (const name of ['Mcp-Session-Id', 'Last-Event-ID']) {
    for (const value of ['1', 'x'.repeat(5000), '../../etc/passwd']) {
      const { status, response } = await send({ Accept: BOTH, [name]: value });
      expect([status, response.toLowerCase()]).toEqual([200, expect.not.stringContaining('mcp-session-id')]);
    }
  }
});

test.each(['', 'latest', '2027-01-01', '2025-06-18, 2025-11-25'])('the version "%s" is rejected', async (version) => {
  const { status, response } = await send({ Accept: BOTH, 'Mcp-Protocol-Version': version });
  expect([status, response]).toEqual([400, expect.stringContaining('"error"')]);
});

test.each(['2026-07-28', '1999-01-01'])('`initialize` with version %s is offered the latest', async (version) => {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: version, capabilities: {}, clientInfo };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const { status, response } = await send({ Accept: BOTH }, { body });
  expect([status, response]).toEqual([200, expect.stringContaining('"protocolVersion":"2025-11-25"')]);
  // A batch is not an exception.
  expect((await send({ Accept: BOTH }, { body: `[${body}]` })).status).toBe(400);
});

test('every method but POST is 405', async () => {
  for (const method of METHODS.filter((name) => name !== 'POST' && name !== 'CONNECT')) {
    const { status, response } = await send({ Accept: BOTH }, { method });
    expect([method, status, response]).toEqual([method, 405, expect.stringMatching(/^allow: POST\r$/im)]);
  }
});

test('the connection is closed if the client asks for it, and otherwise kept', async () => {
  expect((await send({ Accept: BOTH })).response).toMatch(/^connection: close\r$/im);
  const response = await fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { Accept: BOTH, 'Content-Type': 'application/json' },
    body: LIST,
  });
  await response.text();
  expect(response.headers.get('connection')).toBe('keep-alive');
});

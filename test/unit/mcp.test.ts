import { expect, test } from 'vitest';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { createMcp } from '../../src/mcp/server.ts';

test('an internal error of a tool is thrown, to be logged and masked, and is not sent to the agent', async () => {
  const handle = createMcp({ schema: createSchema(loadSdl()), sdl: null, version: '1' });
  const request = new Request('http://gateway/mcp', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_regions","arguments":{}}}',
  });
  const fault = new TypeError('x is not a function');
  await expect(handle(request, () => Promise.reject(fault))).rejects.toBe(fault);
});

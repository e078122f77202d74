/** The audits of graphql-http for the GraphQL over HTTP specification. Every MUST and SHOULD has to pass. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const audits = serverAudits({ url: () => `${gateway.url}/graphql`, fetchFn: fetch });

describe('GraphQL over HTTP', () => {
  test('all audits are run', () => expect(audits.length).toBeGreaterThan(55));

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, name, audit) => {
    const result = await audit.fn();
    const { status, reason = '' } = result.status === 'ok' ? { status: result.status } : result;
    // A MAY that the server does not implement is a notice.
    expect([status, reason]).toEqual([name.startsWith('MAY') && status === 'notice' ? 'notice' : 'ok', reason]);
  });
});

/**
 * The audits of graphql-http for the GraphQL over HTTP specification. Every MUST and SHOULD has to pass, except those of an earlier
 * draft that the release of September 2026 contradicts.
 */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const audits = serverAudits({ url: () => `${gateway.url}/graphql`, fetchFn: fetch });

/** What the specification says instead, and what the audit then reports. Sections "Status Codes" and its examples. */
const SUPERSEDED: Readonly<Record<string, readonly [report: string, sentence: string]>> = {
  '86EE': [
    'warn',
    'If the variable values cannot be coerced to match the operation’s variable definitions, status code 422 SHOULD be used.',
  ],
};

describe('GraphQL over HTTP', () => {
  test('all audits are run', () => expect(audits.length).toBeGreaterThan(55));

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, name, audit) => {
    const result = await audit.fn();
    const { status, reason = '' } = result.status === 'ok' ? { status: result.status } : result;
    // A MAY that the server does not implement is a notice.
    const allowed = name.startsWith('MAY') && status === 'notice' ? 'notice' : 'ok';
    expect([status, reason]).toEqual([SUPERSEDED[audit.id]?.[0] ?? allowed, reason]);
  });
});

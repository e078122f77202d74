/** The README shows what happens. */
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { ERROR_CODES } from '../../src/graphql/errors.ts';
import { startGateway } from '../gateway.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const blocks = (language: string, text = README) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((match) => match[1] ?? '');

const curl = blocks('sh').find((block) => block.startsWith('curl')) ?? '';
const query: { query: string } = JSON.parse(/-d '(.*)'/.exec(curl)?.[1] ?? '');
const [answer, forbidden, logLine] = blocks('json').map((block) => JSON.parse(block));

test('the first query has the README’s answer for the operator', async () => {
  await using gateway = await startGateway();
  const { data, errors } = await gateway.query(query.query, { token: 'sandbox-admin' });
  expect({ data }).toEqual(answer);
  expect(errors).toEqual([]);
});

test('and for everybody else all but the detail, with the README’s error', async () => {
  await using gateway = await startGateway();
  const { data, errors } = await gateway.query(query.query, { token: 'sandbox-member' });
  expect({ data }).toEqual({ data: { info: { ...answer.data.info, storesDetail: null } } });
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject(forbidden);
});

test('every query shown is one that the schema takes', async () => {
  await using gateway = await startGateway();
  const federation = readFileSync(new URL('../../docs/federation.md', import.meta.url), 'utf8');
  const queries = [README, federation]
    .flatMap((text) => blocks('graphql', text))
    .filter((block) => block.startsWith('{'));
  expect(queries.length).toBe(2);
  for (const shown of queries) {
    const { data, errors } = await gateway.query(shown, { token: 'sandbox-member' });
    expect(data).not.toBeNull();
    for (const { extensions } of errors) expect(extensions.code).toBe('NOT_FOUND');
  }
});

test('the table of errors is the table of the code', () => {
  const rows = [...README.matchAll(/^\| `([A-Z_]+)` \| .* \| (yes|no) \|$/gm)].map(([, code, retryable]) => [
    code,
    retryable === 'yes',
  ]);
  expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, { retryable }]) => [code, retryable]));
});

test('the log line shown is the one that is written', async () => {
  await using gateway = await startGateway({ CACHE_TTL_STORES_MS: '60000' });
  const token = 'sandbox-member';
  await gateway.query('{info{stores{id}}}', { token });
  await gateway.query('query Portal {info{stores{id} storesDetail{id}}}', { token });
  const [kept, refused] = logLine.calls;
  await vi.waitFor(() =>
    expect(gateway.log.find(({ operation }) => operation === 'Portal')).toEqual({
      ...logLine,
      time: expect.any(String),
      caller: expect.any(String),
      requestId: expect.stringMatching(/^req-/),
      ms: expect.any(Number),
      calls: [kept, { ...refused, ms: expect.any(Number) }],
    }),
  );
});

test('every metric it names is there', async () => {
  await using gateway = await startGateway();
  const text = await (await gateway.fetch('/metrics')).text();
  const names = [...README.matchAll(/`(?:glance_graphql|…)(_[a-z_]+)`/g)].map(([, name]) => `glance_graphql${name}`);
  expect(names.length).toBe(8);
  for (const name of names) expect(text).toContain(`# TYPE ${name} `);
});

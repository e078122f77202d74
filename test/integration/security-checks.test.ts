/**
 * The checks of graphql-cop, each as a request of our own, and what OWASP's GraphQL cheat sheet asks beyond them. docs/security.md
 * says what becomes of each.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
let closed: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  closed = await startGateway({ INTROSPECTION: '0' });
});
afterAll(async () => {
  await gateway.close();
  await closed.close();
});

interface Told {
  readonly status: number;
  readonly text: string;
}

async function send(to: TestGateway, init: RequestInit, path = '/graphql'): Promise<Told> {
  const response = await to.fetch(path, init);
  return { status: response.status, text: await response.text() };
}

const post = (query: string, to = gateway) =>
  send(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query }) });
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

describe('graphql-cop', () => {
  test('alias overloading: 101 aliases are refused', async () => {
    expect((await post(`{${times(101, (i) => `alias${i}:__typename`)}}`)).text).toContain('101 aliases large');
  });

  test('array-based batching is refused', async () => {
    const body = JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{__typename}' })));
    const { status, text } = await send(gateway, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect([status, text]).toEqual([400, expect.stringContaining('batching disabled')]);
  });

  test('directive overloading: 51 directives are refused, and unknown ones anyway', async () => {
    expect((await post(`{__typename ${'@skip(if:false)'.repeat(51)}}`)).text).toContain('51 directives large');
    expect((await post(`{__typename ${'@aa'.repeat(10)}}`)).text).toContain('GRAPHQL_VALIDATION_FAILED');
  });

  test('circular query by introspection is refused', async () => {
    const circular = `{__schema{types{${'fields{type{'.repeat(10)}name${'}}'.repeat(10)}}}}`;
    expect((await post(circular)).text).toContain('levels deep in its introspection');
  });

  test('field duplication: 1001 fields are refused', async () => {
    expect((await post(`{info{${'__typename '.repeat(1001)}}}`)).text).toContain('fields large');
  });

  test('GET-based mutation: there is no mutation', async () => {
    const { text } = await send(
      gateway,
      { headers: { 'Apollo-Require-Preflight': '1' } },
      '/graphql?query=mutation{__typename}',
    );
    expect(text).toContain('There are no mutations');
  });

  test.each([
    ['GET', { method: 'GET' }, '/graphql?query={__typename}', 400],
    [
      'a POST of a form',
      { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' },
      '/graphql',
      415,
    ],
    [
      'a POST of text',
      { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{"query":"{__typename}"}' },
      '/graphql',
      415,
    ],
  ])('CSRF by %s is refused', async (_title, init, path, status) => {
    expect((await send(gateway, init, path)).status).toBe(status);
  });

  test('trace mode and unhandled errors: no answer has a trace or a stack', async () => {
    for (const query of [
      '{info{stores{id}}}',
      '{info(region: 7.5){__typename}}',
      '{',
      '{nothing}',
      '{info{stores{id',
      '',
    ]) {
      const { text } = await post(query);
      expect(text).not.toMatch(/"tracing"|"ftv1"|stacktrace|\\n\s+at |node_modules/);
    }
  });

  test.each(['/graphiql', '/playground', '/console', '/altair', '/graphql'])(
    'with INTROSPECTION=0 no IDE is at %s',
    async (path) => {
      const { text } = await send(closed, { headers: { Accept: 'text/html' } }, path);
      expect(text).not.toMatch(/<html|<script|sandbox\.embed/i);
    },
  );

  test.each([
    ['introspection', '{__schema{queryType{name}}}'],
    ['introspection of a type', '{__type(name:"Info"){fields{name}}}'],
    ['the SDL', '{_service{sdl}}'],
  ])('with INTROSPECTION=0 %s is refused', async (_title, query) => {
    const { text } = await post(query, closed);
    expect(text).toContain('errors');
    expect(text).not.toContain('"data":{');
  });

  test('with INTROSPECTION=0 no field is suggested', async () => {
    expect((await post('{inf{stores{id}}}')).text).toContain('Did you mean');
    for (const query of ['{inf{stores{id}}}', '{info{store{id}}}', '{info(regio:"x"){stores{id}}}', '{info{stores}}'])
      expect((await post(query, closed)).text).not.toMatch(/Did you mean|"info"|stores \{/);
  });
});

describe('OWASP', () => {
  test('injection: what a caller writes reaches no URL of the upstream’s', async () => {
    for (const region of ['../../v2/images', 'x?y=z', 'RegionOne%2F..', 'http://evil.example']) {
      const query = `{info(region:${JSON.stringify(region)}){stores{id}}}`;
      const { errors } = await gateway.query(query, { token: 'sandbox-admin' });
      expect(errors).toMatchObject([{ extensions: { code: 'REGION_NOT_FOUND' } }]);
    }
  });

  test('access control is Glance’s: without a token there is no data, in every field', async () => {
    const { data, errors } = await gateway.query(
      '{info{importMethods{type} stores{id} storesDetail{id} usage{enabled}}}',
    );
    expect(data).toEqual({ info: { importMethods: null, stores: null, storesDetail: null, usage: null } });
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['UNAUTHENTICATED']));
  });

  test('answers of errors and data may be kept by nobody but their caller', async () => {
    const { headers } = await gateway.query('{info{stores{id}}}', { token: 'sandbox-admin' });
    expect(headers.get('cache-control')).toMatch(/^private/);
    expect((await gateway.query('{info{storesDetail{id}}}')).headers.get('cache-control')).toBe('private, no-store');
  });

  test('pages are framed by nobody, load from nowhere else, and leak no referrer', async () => {
    const { headers } = await gateway.fetch('/graphiql');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

/** The checks of graphql-cop, each as a request, and further ones of OWASP's GraphQL cheat sheet. See docs/security.md. */
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

interface TextResponse {
  readonly status: number;
  readonly text: string;
}

async function send(to: TestGateway, init: RequestInit, path = '/graphql'): Promise<TextResponse> {
  const response = await to.fetch(path, init);
  return { status: response.status, text: await response.text() };
}

const post = (query: string, to = gateway) =>
  send(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query }) });
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

describe('graphql-cop', () => {
  test('alias overloading: 101 aliases are rejected', async () => {
    expect((await post(`{${times(101, (i) => `alias${i}:__typename`)}}`)).text).toContain('has 101 aliases');
  });

  test('array-based batching is rejected', async () => {
    const body = JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{__typename}' })));
    const { status, text } = await send(gateway, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect([status, text]).toEqual([400, expect.stringContaining('batching disabled')]);
  });

  test('directive overloading: 51 directives are rejected, and unknown ones always', async () => {
    expect((await post(`{__typename ${'@skip(if:false)'.repeat(51)}}`)).text).toContain('has 51 directives');
    expect((await post(`{__typename ${'@aa'.repeat(10)}}`)).text).toContain('GRAPHQL_VALIDATION_FAILED');
  });

  test('circular query by introspection is rejected', async () => {
    const circular = `{__schema{types{${'fields{type{'.repeat(10)}name${'}}'.repeat(10)}}}}`;
    expect((await post(circular)).text).toContain('levels deep in its introspection');
  });

  test('field duplication: 1001 fields are rejected', async () => {
    expect((await post(`{info{${'__typename '.repeat(1001)}}}`)).text).toMatch(
      /has \d+ fields with its fragments spread/,
    );
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
  ])('CSRF by %s is rejected', async (_title, init, path, status) => {
    expect((await send(gateway, init, path)).status).toBe(status);
  });

  test('trace mode and unhandled errors: no response contains a trace or a stack', async () => {
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
    'with INTROSPECTION=0 there is no IDE at %s',
    async (path) => {
      const { text } = await send(closed, { headers: { Accept: 'text/html' } }, path);
      expect(text).not.toMatch(/<html|<script|sandbox\.embed/i);
    },
  );

  test.each([
    ['introspection', '{__schema{queryType{name}}}'],
    ['introspection of a type', '{__type(name:"Info"){fields{name}}}'],
    ['the SDL', '{_service{sdl}}'],
  ])('with INTROSPECTION=0 %s is rejected', async (_title, query) => {
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
  test('injection: no input of a caller becomes part of an upstream URL', async () => {
    for (const region of ['../../v2/images', 'x?y=z', 'RegionOne%2F..', 'http://evil.example']) {
      const query = `{info(region:${JSON.stringify(region)}){stores{id}}}`;
      const { errors } = await gateway.query(query, { token: 'sandbox-admin' });
      expect(errors).toMatchObject([{ extensions: { code: 'REGION_NOT_FOUND' } }]);
    }
  });

  test('access control: without a token no field has data', async () => {
    const { data, errors } = await gateway.query(
      '{info{importMethods{type} stores{id} storesDetail{id} usage{enabled}}}',
    );
    expect(data).toEqual({ info: { importMethods: null, stores: null, storesDetail: null, usage: null } });
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['UNAUTHENTICATED']));
  });

  test('caching: responses are private, and those with errors are not stored', async () => {
    const { headers } = await gateway.query('{info{stores{id}}}', { token: 'sandbox-admin' });
    expect(headers.get('cache-control')).toMatch(/^private/);
    expect((await gateway.query('{info{storesDetail{id}}}')).headers.get('cache-control')).toBe('private, no-store');
  });

  test('pages cannot be framed, load from no other origin, and send no referrer', async () => {
    const { headers } = await gateway.fetch('/graphiql');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

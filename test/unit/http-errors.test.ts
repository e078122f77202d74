import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { HttpError, handleFrameworkError, registerErrorHandlers } from '../../src/http/plugins/errors.ts';

function createApp() {
  const app = fastify({ frameworkErrors: handleFrameworkError });
  registerErrorHandlers(app, () => {});
  app.get('/known', () => {
    throw new HttpError({ status: 429, code: 'RATE_LIMITED', message: 'Too many.' });
  });
  app.get('/unknown', () => {
    throw new Error('a secret');
  });
  return app;
}

test('responds to an unparsable URL in the JSON form of all errors, with the request id', async () => {
  await using app = createApp();
  const response = await app.inject({ url: '/%zz', headers: { 'x-openstack-request-id': 'req-mine' } });
  expect(response.statusCode).toBe(400);
  expect(response.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-openstack-request-id': 'req-mine',
  });
  expect(response.json()).toEqual({
    errors: [{ message: 'The path of the URL is not valid percent-encoding.', extensions: { code: 'BAD_REQUEST' } }],
  });
});

test('creates a request id for an unparsable URL when the client sends none', async () => {
  await using app = createApp();
  const { headers } = await app.inject('/%zz');
  expect(headers['x-openstack-request-id']).toMatch(/^req-[\w-]{36}$/);
});

test('shows the message of an HttpError and masks all others', async () => {
  await using app = createApp();
  expect((await app.inject('/known')).json()).toEqual({
    errors: [{ message: 'Too many.', extensions: { code: 'RATE_LIMITED' } }],
  });
  expect((await app.inject('/unknown')).json()).toEqual({
    errors: [{ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
});

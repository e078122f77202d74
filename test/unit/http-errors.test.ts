import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { HttpError, registerErrorHandlers } from '../../src/http/plugins/errors.ts';

function createApp() {
  const app = fastify();
  registerErrorHandlers(app, () => {});
  app.get('/known', () => {
    throw new HttpError({ status: 429, code: 'RATE_LIMITED', message: 'Too many.' });
  });
  app.get('/unknown', () => {
    throw new Error('a secret');
  });
  return app;
}

test('shows the message of an HttpError and masks all others', async () => {
  await using app = createApp();
  expect((await app.inject('/known')).json()).toEqual({
    errors: [{ message: 'Too many.', extensions: { code: 'RATE_LIMITED' } }],
  });
  expect((await app.inject('/unknown')).json()).toEqual({
    errors: [{ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
});

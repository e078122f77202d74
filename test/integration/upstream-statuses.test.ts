/** Each status other than 200 that an upstream can respond with, and the error that the caller gets. */
import { describe, expect, test } from 'vitest';
import { queryFaulty } from '../faulty-upstream.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, reply } from '../recording-upstream.ts';

describe('an upstream that', () => {
  test.each<[string, Behaviour, Record<string, unknown>, string]>([
    [
      'responds with 204',
      (_request, response) => void response.writeHead(204).end(),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 204 },
      "The Image service's response is 204 instead of 200.",
    ],
    [
      'responds with 300',
      replay('api-2.16-versions-root.accept-json'),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 300 },
      "The Image service's response is 300 Multiple Choices: the path of the configured endpoint is wrong.",
    ],
    [
      'redirects',
      reply(302, '', { Location: 'http://169.254.169.254/' }),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 302 },
      "The Image service's response is 302 instead of 200.",
    ],
    [
      'responds with 400 without a body',
      (_request, response) => void response.writeHead(400).end(),
      { code: 'BAD_REQUEST', status: 400, retryable: false },
      'The Image service responded with 400.',
    ],
    [
      'responds with 401 without a body',
      (_request, response) => void response.writeHead(401).end(),
      { code: 'UNAUTHENTICATED', status: 401 },
      'The Image service does not accept the token: it is missing, wrong, expired or revoked.',
    ],
    [
      'responds with 401 and an empty object',
      reply(401, {}),
      { code: 'UNAUTHENTICATED', status: 401 },
      'The Image service does not accept the token: it is missing, wrong, expired or revoked.',
    ],
    [
      'responds with 403 without a body',
      reply(403, ''),
      { code: 'FORBIDDEN', status: 403 },
      "The Image service does not allow this to the token's role.",
    ],
    [
      'responds with 404 and text',
      reply(404, 'nope'),
      { code: 'NOT_FOUND', status: 404 },
      'The Image service does not know this call.',
    ],
    [
      'responds with 405',
      replay('api-2.16-multistore-admin.post-import'),
      { code: 'BAD_REQUEST', status: 405 },
      'The method POST is not allowed for this resource.',
    ],
    [
      'responds with 408',
      reply(408, ''),
      { code: 'UPSTREAM_TIMEOUT', status: 408, retryable: true },
      'The Image service did not respond in time (408).',
    ],
    [
      'responds with 413',
      reply(413, ''),
      { code: 'RATE_LIMITED', status: 413, retryable: true },
      'The Image service receives too many requests.',
    ],
    [
      'responds with 429',
      reply(429, '', { 'Retry-After': '7' }),
      { code: 'RATE_LIMITED', status: 429, retryable: true, retryAfter: 7 },
      'The Image service receives too many requests.',
    ],
    [
      'responds with 500',
      reply(500, 'Traceback (most recent call last): File "/usr/lib/x.py"'),
      { code: 'UPSTREAM_ERROR', status: 500, retryable: true },
      'The Image service responded with 500.',
    ],
    [
      'responds with 501',
      reply(501, ''),
      { code: 'UPSTREAM_ERROR', status: 501 },
      'The Image service responded with 501.',
    ],
    [
      'responds with 502 as nginx does',
      reply(
        502,
        '<html><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.22.1</center></body></html>',
        { 'Content-Type': 'text/html' },
      ),
      { code: 'UPSTREAM_UNAVAILABLE', status: 502, retryable: true },
      'The Image service is not available (502).',
    ],
    [
      'responds with 503',
      reply(503, '', { 'Retry-After': '2' }),
      { code: 'UPSTREAM_UNAVAILABLE', status: 503, retryAfter: 2 },
      'The Image service is not available (503).',
    ],
    [
      'responds with 504',
      reply(504, ''),
      { code: 'UPSTREAM_TIMEOUT', status: 504, retryable: true },
      'The Image service did not respond in time (504).',
    ],
  ])('%s', async (title, behaviour, extensions, message) => {
    const error = await queryFaulty(behaviour);
    expect(error.extensions).toMatchObject({ service: 'image', region: 'RegionOne', ...extensions });
    expect(error.extensions.requestId).toMatch(/^req-/);
    expect(error.message).toBe(message);
    // Redirects are not followed, and only failures that may be temporary are retried.
    expect(error.storesCalls).toBe(['responds with 502 as nginx does', 'responds with 504'].includes(title) ? 2 : 1);
  });
});

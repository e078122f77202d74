import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpRefusal } from './failures.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Leaves JSON bodies as text, as most need not be parsed: they are known. Decoding alone would replace what is not UTF-8. */
export function readJsonAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, utf8.decode(body));
    } catch {
      done(new HttpRefusal({ status: 400, code: 'BAD_REQUEST', message: 'The body is not UTF-8.' }));
    }
  });
}

/**
 * Fastify's own JSON parser, which refuses `__proto__` and its like.
 *
 * @throws FastifyError 400 for anything but JSON
 */
export function parseJsonBody(app: FastifyInstance, request: FastifyRequest, text: string): Promise<unknown> {
  const parse = app.getDefaultJsonParser('error', 'error');
  return new Promise((resolve, reject) => {
    parse(request, text, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

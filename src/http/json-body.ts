import type { FastifyInstance, FastifyRequest } from 'fastify';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Leaves JSON bodies as text, as most need not be parsed: they are known. Decoding alone would replace what is not UTF-8. */
export function readJsonAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, utf8.decode(body));
    } catch {
      done(Object.assign(new Error('The body is not UTF-8.'), { statusCode: 400 }));
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

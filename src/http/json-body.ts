import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpRefusal } from './failures.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a body; null where it is not UTF-8, of which decoding alone would make something else. */
export function decodeBody(body: Buffer): string | null {
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}

/** Leaves JSON bodies as text, as many need not be parsed: they are known. */
export function readJsonAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // What was read already is read again.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const body = request.raw.observed?.body ?? null;
    done(null, body === null ? payload : Readable.from([body], { objectMode: false }));
  });
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const text = decodeBody(body);
    if (text === null) done(new HttpRefusal({ status: 400, code: 'BAD_REQUEST', message: 'The body is not UTF-8.' }));
    else done(null, text);
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

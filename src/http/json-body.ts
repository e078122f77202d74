import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpError } from './plugins/errors.ts';

/** Leaves JSON bodies as text: many are known operations and need no parsing. */
export function readJsonAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    if (isUtf8(body)) done(null, body.toString());
    else done(new HttpError({ status: 400, code: 'BAD_REQUEST', message: 'The body is not UTF-8.' }));
  });
}

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Fastify's JSON parser, which rejects `__proto__` keys.
 *
 * @throws FastifyError 400 for anything but JSON
 */
export function parseJsonBody(app: FastifyInstance, request: FastifyRequest, text: string): Promise<unknown> {
  const parse = app.getDefaultJsonParser('error', 'error');
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return new Promise((resolve, reject) => {
    parse(request, json, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

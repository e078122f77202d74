import { isUtf8 } from 'node:buffer';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpError } from './plugins/errors.ts';

/** The content coding of request bodies, beside none. `x-gzip` is the same (RFC 9110, 8.4.1.3). */
export const CONTENT_CODING = 'gzip';

type Done = (error: Error | null, text?: string) => void;

/** Leaves JSON bodies as text: many are known operations and need no parsing. @param maxBytes of a body, inflated */
export function readJsonAsText(app: FastifyInstance, maxBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, ({ headers }, body, done) => {
    const coding = headers['content-encoding'];
    if (coding === undefined || /^identity$/i.test(coding)) decode(body, done);
    else if (/^(x-)?gzip$/i.test(coding)) inflate(body, maxBytes, done);
    else done(unsupportedCoding());
  });
}

function decode(body: Buffer, done: Done): void {
  if (isUtf8(body)) done(null, body.toString());
  else done(new HttpError({ status: 400, code: 'BAD_REQUEST', message: 'The body is not UTF-8.' }));
}

/** Stops at the limit, however much the body would inflate to. */
function inflate(body: Buffer, maxBytes: number, done: Done): void {
  gunzip(body, { maxOutputLength: maxBytes }, (error: NodeJS.ErrnoException | null, inflated) => {
    if (error === null) return decode(inflated, done);
    const isTooLarge = error.code === 'ERR_BUFFER_TOO_LARGE';
    const message = isTooLarge ? `The inflated body has more than ${maxBytes} bytes.` : 'The body is not gzip.';
    const code = isTooLarge ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST';
    done(new HttpError({ status: isTooLarge ? 413 : 400, code, message }));
  });
}

function unsupportedCoding(): HttpError {
  const message = `The Content-Encoding of a request must be ${CONTENT_CODING}, or none.`;
  return new HttpError({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message });
}

/**
 * Fastify's JSON parser, which rejects `__proto__` keys and ignores a byte order mark.
 *
 * @throws FastifyError 400 for anything but JSON
 */
export function parseJsonBody(app: FastifyInstance, request: FastifyRequest, text: string): Promise<unknown> {
  const parse = app.getDefaultJsonParser('error', 'error');
  return new Promise((resolve, reject) => {
    parse(request, text, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

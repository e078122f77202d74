/**
 * One HTTP exchange with an upstream, on undici's `dispatch`: a GET, with one deadline over connecting, waiting and reading,
 * a cap on the body, and cancellation. Nothing is followed, decompressed or retried, and no header is sent but the given.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type Asked, type FailureReason, UpstreamFailure } from './failures.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Request {
  readonly asked: Asked;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** @throws UpstreamFailure (as a rejection) when no whole answer comes: `late`, `unreachable`, `unusable`, `cancelled` */
export function exchange(dispatcher: Dispatcher, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const handler = new AnswerHandler(request, resolve, reject);
    if (!handler.settled) dispatcher.dispatch({ method: 'GET', path: request.path, headers: request.headers }, handler);
  });
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  settled = false;
  readonly #request: Request;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (failure: UpstreamFailure) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(request: Request, resolve: (answer: Answer) => void, reject: (failure: UpstreamFailure) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(this.#onDeadline, request.deadlineMs);
    request.signal.addEventListener('abort', this.#onCancel, { once: true });
    if (request.signal.aborted) this.#onCancel();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The deadline may pass while the request waits for a connection.
    if (this.settled) controller.abort(new Error('Nobody waits for this answer'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      this.#fail({ kind: 'unusable', status, problem: 'is compressed, which was not asked for' });
    } else if (Number(headers['content-length']) > this.#request.maxBodyBytes) {
      this.#failTooLarge();
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#request.maxBodyBytes) this.#failTooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.settled) return;
    this.#settle();
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail({ kind: 'unreachable' }, error);
  }

  readonly #onDeadline = () => this.#fail({ kind: 'late', deadlineMs: this.#request.deadlineMs });
  readonly #onCancel = () => this.#fail({ kind: 'cancelled' });

  #failTooLarge(): void {
    const problem = `is larger than ${this.#request.maxBodyBytes} bytes`;
    this.#fail({ kind: 'unusable', status: this.#status, problem });
  }

  #fail(reason: FailureReason, cause?: Error): void {
    if (this.settled) return;
    this.#settle();
    const failure = new UpstreamFailure(this.#request.asked, reason, cause);
    this.#controller?.abort(failure);
    this.#reject(failure);
  }

  #settle(): void {
    this.settled = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onCancel);
  }
}

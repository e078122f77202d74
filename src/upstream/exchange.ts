/**
 * One HTTP exchange with an upstream, on undici's `dispatch`: a GET, with one deadline over connecting, waiting and reading,
 * a cap on the body, and cancellation. Nothing is followed, decompressed or retried, and no header is sent but the given.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type Client, type Dispatcher, errors } from 'undici';
import { type Asking, type Receiver, tell } from './asking.ts';
import type { Connections, Waiting } from './connections.ts';
import { type Expiring, watchDeadline } from './deadlines.ts';
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
  /** In milliseconds of the monotonic clock. */
  readonly askedAt: number;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
}

/**
 * @param receiver told of an `UpstreamFailure` when no whole answer comes: `late`, `unreachable`, `unusable`, `cancelled`, or
 * `crowded`, which it is told before this returns
 */
export function exchange(connections: Connections, request: Request, receiver: Receiver<Answer>): Asking {
  const handler = new AnswerHandler(connections, request, receiver);
  if (!connections.lend(handler)) handler.fail({ kind: 'crowded' });
  return handler;
}

class AnswerHandler implements Dispatcher.DispatchHandler, Asking, Expiring, Waiting {
  settled = false;
  readonly #connections: Connections;
  readonly #request: Request;
  readonly #receiver: Receiver<Answer>;
  readonly #deadline: Set<Expiring>;
  #connection: Client | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(connections: Connections, request: Request, receiver: Receiver<Answer>) {
    this.#connections = connections;
    this.#request = request;
    this.#receiver = receiver;
    this.#deadline = watchDeadline(this, request.askedAt + request.deadlineMs);
  }

  take(connection: Client): void {
    this.#connection = connection;
    const { path, headers } = this.#request;
    try {
      connection.dispatch({ method: 'GET', path, headers }, this);
    } catch (error) {
      this.fail({ kind: 'unreachable', answered: this.#status !== 0 }, error);
      this.#giveBack(false);
    }
  }

  expire(): void {
    this.fail({ kind: 'late', deadlineMs: Math.round(this.#request.deadlineMs) });
  }

  cancel(): void {
    this.fail({ kind: 'cancelled' });
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
      this.fail({ kind: 'unusable', status, problem: 'is compressed, which was not asked for' });
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
    // First, so that who waits for the connection does not wait for what is made of the answer too.
    this.#giveBack(true);
    if (!this.settled) this.#succeed();
  }

  #succeed(): void {
    this.#settle();
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    tell(this.#receiver, { status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail({ kind: 'unreachable', answered: this.#status !== 0 || isAboutBytes(error) }, error);
    this.#giveBack(false);
  }

  #failTooLarge(): void {
    const problem = `is larger than ${this.#request.maxBodyBytes} bytes`;
    this.fail({ kind: 'unusable', status: this.#status, problem });
  }

  fail(reason: FailureReason, cause?: unknown): void {
    if (this.settled) return;
    this.#settle();
    const failure = new UpstreamFailure(this.#request.asked, reason, cause);
    this.#controller?.abort(failure);
    this.#receiver.onFailure(failure);
  }

  #settle(): void {
    this.settled = true;
    this.#deadline.delete(this);
  }

  /** Not before undici is done with the request, whoever still waits for it. */
  #giveBack(isSound: boolean): void {
    if (this.#connection === null) return;
    const connection = this.#connection;
    this.#connection = null;
    this.#connections.giveBack(connection, isSound);
  }
}

/** Something came, though it was no HTTP. */
function isAboutBytes(error: Error): boolean {
  return error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
}

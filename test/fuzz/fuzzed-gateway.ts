/** A gateway for random input: it sends requests, and expects valid responses without internal errors. */
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { expect } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';
import { type Behaviour, type RecordingUpstream, startUpstream } from '../recording-upstream.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 150);
export const TIMEOUT_MS = 20_000 + RUNS * 100;

export const check = (property: fc.IAsyncProperty<unknown>) => fc.assert(property, { numRuns: RUNS });

export interface TextResponse {
  readonly status: number;
  readonly text: string;
}

/** Disposing of it fails if a promise was rejected without a handler. */
export interface FuzzedGateway extends AsyncDisposable {
  readonly upstream: RecordingUpstream;
  post(body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<TextResponse>;
  /** @returns what the gateway sends, or the message of a connection error */
  sendRaw(bytes: string): Promise<string>;
  /** Expects a GraphQL response without an internal error. */
  expectValid(response: TextResponse): void;
  expectNoLoggedErrors(): void;
}

export async function startFuzzedGateway(behaviour: Behaviour): Promise<FuzzedGateway> {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  const upstream = await startUpstream(behaviour);
  const gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '1000' });
  const expectNoLoggedErrors = () =>
    expect(gateway.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  return {
    upstream,
    expectNoLoggedErrors,
    post: (body, headers = {}) =>
      unlessShed(
        () => postOnce(gateway, body, headers),
        ({ text }) => text,
      ),
    sendRaw: (bytes) =>
      unlessShed(
        () => sendRaw(gateway, bytes).catch((error: Error) => error.message),
        (text) => text,
      ),
    expectValid({ status, text }) {
      expect(status).toBeLessThan(500);
      const { data, errors = [] } = JSON.parse(text);
      expect(data !== undefined || errors.length > 0).toBe(true);
      for (const { message, extensions } of errors) {
        expect(typeof message).toBe('string');
        expect(extensions.code).toMatch(/^[A-Z_]+$/);
        expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
      }
      expectNoLoggedErrors();
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
      process.off('unhandledRejection', onRejection);
      expect(rejections).toEqual([]);
    },
  };
}

/** On a busy machine the gateway sheds load with 503, which says nothing about the input: send it again. */
async function unlessShed<T>(send: () => Promise<T>, textOf: (result: T) => string): Promise<T> {
  for (;;) {
    const result = await send();
    if (!textOf(result).includes('"code":"SERVICE_UNAVAILABLE"')) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function postOnce(
  gateway: TestGateway,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<TextResponse> {
  return new Promise((resolve, reject) => {
    const all = { 'Content-Type': 'application/json', ...headers };
    const request = httpRequest(`${gateway.url}/graphql`, { method: 'POST', headers: all }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    request.on('error', reject).end(body);
  });
}

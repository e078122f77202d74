/** Responses of real Glance and Keystone servers, recorded in test/fixtures. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Behaviour } from './recording-upstream.ts';

export interface Recorded {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const FOLDER = new URL('fixtures/', import.meta.url);

export function recordedNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.http'))
    .map((name) => name.slice(0, -'.http'.length));
}

export function recorded(name: string): Recorded {
  const text = readFileSync(new URL(`${name}.http`, FOLDER), 'utf8');
  const end = text.indexOf('\n\n');
  const [statusLine = '', ...headerLines] = text.slice(0, end).split('\n');
  const headers = headerLines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), body: text.slice(end + 2) };
}

/** Responds with a recording, byte for byte. */
export function replay(name: string): Behaviour {
  const { status, headers, body } = recorded(name);
  return (_request, response) => {
    for (const [header, value] of headers) {
      if (header !== 'content-length' && header !== 'date') response.setHeader(header, value);
    }
    response.writeHead(status).end(body);
  };
}

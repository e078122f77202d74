/** Log lines for people: a short one for each request, and pino-pretty's for everything else. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { DestinationStream } from 'pino';
import type { Outcome } from './request-summary.ts';

/** What a request's line shows. The log has more, see docs/observability.md. */
interface RequestLine {
  readonly time: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly operation?: string;
  readonly outcome?: Outcome;
  readonly codes?: readonly string[];
  /** With `LOG_QUERIES=1`. */
  readonly query?: string;
}

type Style = 'green' | 'yellow' | 'red' | 'dim';
type Paint = (style: Style, text: string) => string;

/** Without colours where the terminal has none, or `NO_COLOR` is set. */
export async function terminalOutput(terminal: Pick<WriteStream, 'hasColors' | 'write'>): Promise<DestinationStream> {
  // Loaded on demand: services log JSON.
  const { prettyFactory } = await import('pino-pretty');
  const colorize = terminal.hasColors();
  const format = prettyFactory({ colorize, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  const paint: Paint = (style, text) => (colorize ? styleText(style, text, { validateStream: false }) : text);
  return {
    write(line) {
      const entry = JSON.parse(line, withoutControlCharacters);
      terminal.write(entry.msg === 'request' ? `${formatRequest(entry, paint)}\n` : format(entry));
    },
  };
}

/** Terminals obey control characters, and callers and upstreams choose some of what is logged. Only a stack has several lines. */
function withoutControlCharacters(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return key === 'stack' ? value.split('\n').map(printable).join('\n') : printable(value);
}

const printable = (text: string) => text.replaceAll(/[\n\r\t]+/g, ' ').replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');

const OUTCOME_STYLES = { ok: 'green', partial: 'yellow', failed: 'red' } as const;

/** Time, status, milliseconds, operation (or method and path), outcome with the codes of its errors, request id; the query last. */
function formatRequest(line: RequestLine, paint: Paint): string {
  const { status, ms, method, path, operation, outcome, codes = [], query = '' } = line;
  const style = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  return [
    paint('dim', `[${localTime(new Date(line.time))}]`),
    paint(style, String(status)),
    `${ms.toFixed(1)} ms`.padStart(10),
    (operation ?? `${method} ${path}`).padEnd(20),
    ...(outcome === undefined ? [] : [paint(OUTCOME_STYLES[outcome], [outcome, ...codes].join(' '))]),
    paint('dim', line.requestId),
    ...(query === '' ? [] : [oneLine(query)]),
  ].join('  ');
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

function localTime(time: Date): string {
  return `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

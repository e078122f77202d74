import { type DestinationStream, type Level, type Logger, pino } from 'pino';

/** JSON lines with an ISO time and the level as a word. */
export function createLogger(level: Level | 'silent', destination: DestinationStream = standardOutput()): Logger {
  return pino(
    { level, base: null, timestamp: isoTime, formatters: { level: (label: string) => ({ level: label }) } },
    destination,
  );
}

/** For a terminal: a line each, in colours. */
export async function readableOutput(): Promise<DestinationStream> {
  // Loaded where it is needed alone: services log JSON.
  const { default: pretty } = await import('pino-pretty');
  return pretty({ singleLine: true, translateTime: 'SYS:HH:MM:ss.l', sync: true });
}

/** Lines are written together: a write for each would cost more than all else that a short request does. */
function standardOutput(): DestinationStream {
  return pino.destination({
    dest: 1,
    sync: false,
    minLength: 12 * 1024,
    /** In milliseconds; pino flushes what is left when the process exits. */
    periodicFlush: 100,
    /** In bytes: when nobody reads the lines, they are dropped rather than memory filled. */
    maxLength: 16 * 1024 * 1024,
  });
}

let second = 0;
let secondText = '';

/** Of a time all but the milliseconds changes once a second. */
function isoTime(): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    secondText = new Date(second).toISOString().slice(0, 20);
  }
  return `,"time":"${secondText}${String(ms).padStart(3, '0')}Z"`;
}

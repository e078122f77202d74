import { type DestinationStream, type Level, type Logger, pino } from 'pino';

/** JSON lines with an ISO time and the level as a word. */
export interface Log extends Logger {
  /**
   * The line of a request, of level info. What `JSON.stringify` makes of it, as nothing in it needs a serializer: pino's own way took a
   * seventh of the time of a request that was known.
   */
  request(line: object): void;
}

export function createLog(level: Level | 'silent', destination: DestinationStream = standardOutput()): Log {
  const logger = pino(
    { level, base: null, timestamp: isoTime, formatters: { level: (label: string) => ({ level: label }) } },
    destination,
  );
  const isLogged = logger.isLevelEnabled('info');
  return Object.assign(logger, {
    request(line: object) {
      if (isLogged)
        destination.write(`{"level":"info"${isoTime()},${JSON.stringify(line).slice(1, -1)},"msg":"request"}\n`);
    },
  });
}

/** For a terminal: a line each, in colours. */
export async function readableOutput(): Promise<DestinationStream> {
  // Loaded where it is needed alone: services log JSON.
  const { default: pretty } = await import('pino-pretty');
  return pretty({ singleLine: true, translateTime: 'SYS:HH:MM:ss.l', sync: true });
}

/** Lines are written together when so many characters have come, or every so many milliseconds: a write for each costs as much as a request. */
const WRITE = { characters: 60 * 1024, everyMs: 100 };
/** When nobody reads the lines, they are dropped rather than memory filled. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** Pino's stream could wait for more lines itself, but measures at each all that wait. */
function standardOutput(): DestinationStream & { flushSync(): void } {
  let lines: string[] = [];
  let characters = 0;
  const write = () => {
    if (characters > 0) output.write(lines.join(''));
    lines = [];
    characters = 0;
  };
  // Before pino's own listener, which writes what its stream has.
  process.once('exit', write);
  const output = pino.destination({ dest: 1, sync: false, maxLength: MAX_UNREAD_BYTES });
  setInterval(write, WRITE.everyMs).unref();
  return {
    write(line) {
      lines.push(line);
      characters += line.length;
      if (characters > WRITE.characters) write();
    },
    flushSync() {
      write();
      output.flushSync();
    },
  };
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

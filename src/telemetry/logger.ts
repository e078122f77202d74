import { type DestinationStream, type Level, type Logger as PinoLogger, pino } from 'pino';

/** Writes JSON lines with an ISO time and the level's name. */
export interface Logger extends PinoLogger {
  /**
   * Writes the log line of a request at level info. It uses `JSON.stringify`, as no value needs a serializer: pino's own formatting
   * took a seventh of the time of a request on the fast path.
   */
  request(line: object): void;
}

export function createLogger(level: Level | 'silent', destination: DestinationStream = standardOutput()): Logger {
  const logger = pino(
    { level, base: null, timestamp: isoTime, formatters: { level: (label: string) => ({ level: label }) } },
    destination,
  );
  const isInfoEnabled = logger.isLevelEnabled('info');
  return Object.assign(logger, {
    request(line: object) {
      if (isInfoEnabled)
        destination.write(`{"level":"info"${isoTime()},${JSON.stringify(line).slice(1, -1)},"msg":"request"}\n`);
    },
  });
}

/** Formats log lines for a terminal: one line per entry, in colours. */
export async function prettyOutput(): Promise<DestinationStream> {
  // Loaded on demand: services log JSON.
  const { default: pretty } = await import('pino-pretty');
  return pretty({ singleLine: true, translateTime: 'SYS:HH:MM:ss.l', sync: true });
}

/** Lines are written in batches of this size, or at this interval: one write per line costs as much as a request. */
const BATCH = { characters: 60 * 1024, intervalMs: 100 };
/** Lines beyond this are dropped when standard output is not read. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** Buffers lines in front of pino's stream, which measures its whole buffer at each line. */
function standardOutput(): DestinationStream & { flushSync(): void } {
  let lines: string[] = [];
  let characters = 0;
  const write = () => {
    if (characters > 0) output.write(lines.join(''));
    lines = [];
    characters = 0;
  };
  // Registered before pino's own listener, which flushes its stream.
  process.once('exit', write);
  const output = pino.destination({ dest: 1, sync: false, maxLength: MAX_UNREAD_BYTES });
  setInterval(write, BATCH.intervalMs).unref();
  return {
    write(line) {
      lines.push(line);
      characters += line.length;
      if (characters > BATCH.characters) write();
    },
    flushSync() {
      write();
      output.flushSync();
    },
  };
}

let second = 0;
let secondText = '';

/** Formats the current time, and all but its milliseconds once per second. */
function isoTime(): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    secondText = new Date(second).toISOString().slice(0, 20);
  }
  return `,"time":"${secondText}${String(ms).padStart(3, '0')}Z"`;
}

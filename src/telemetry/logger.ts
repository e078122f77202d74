import { type DestinationStream, type Level, type Logger as PinoLogger, pino } from 'pino';
import { type LogOutput, standardOutput } from './log-output.ts';

/** Writes JSON lines with an ISO time and the level's name. */
export interface Logger extends PinoLogger {
  /**
   * Writes the log line of a request at level info. It uses `JSON.stringify`, as no value needs a serializer: pino's own formatting
   * took a seventh of the time of a request on the fast path.
   */
  request(line: object): void;
  /** The number of lines since the start that were not written: nobody reads them, or writing failed. */
  droppedLines(): number;
}

export function createLogger(
  level: Level | 'silent',
  destination: DestinationStream & Partial<LogOutput> = standardOutput(),
): Logger {
  const logger = pino(
    { level, base: null, timestamp: isoTime, formatters: { level: (label: string) => ({ level: label }) } },
    destination,
  );
  const isInfoEnabled = logger.isLevelEnabled('info');
  return Object.assign(logger, {
    request(line: object) {
      if (isInfoEnabled)
        destination.write(`{"level":"info"${isoTime()},"msg":"request",${JSON.stringify(line).slice(1)}\n`);
    },
    droppedLines: () => destination.droppedLines?.() ?? 0,
  });
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

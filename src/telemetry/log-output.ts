/**
 * Log lines on standard output, in batches: one write per line costs as much as a request. Writing never blocks. Lines are dropped
 * while standard output is not read, and counted.
 */
import type { DestinationStream } from 'pino';

/** The size or interval of a batch. */
const BATCH = { characters: 60 * 1024, intervalMs: 100 };
/** Lines beyond this are dropped. In characters. */
const MAX_UNREAD = 16 * 1024 * 1024;

export interface LogOutput extends DestinationStream {
  /** Calls back when all lines are written or dropped: never, while standard output is not read. */
  flush(callback: () => void): void;
  /** The number of lines since the start that were not written. */
  droppedLines(): number;
}

export function standardOutput(): LogOutput {
  // Node writes to pipes and sockets without blocking. A thread that a full pipe blocks would keep the process from exiting.
  const output = process.stdout;
  let lines: string[] = [];
  let characters = 0;
  let dropped = 0;

  function writeBatch(onWritten?: () => void): void {
    const { length } = lines;
    if (output.writableLength + characters > MAX_UNREAD) {
      dropped += length;
      onWritten?.();
    } else {
      output.write(lines.join(''), (error) => {
        if (error) dropped += length;
        onWritten?.();
      });
    }
    lines = [];
    characters = 0;
  }
  const writePending = () => {
    if (lines.length > 0) writeBatch();
  };

  // Without a listener, the first failed write would end the process.
  output.on('error', () => {});
  process.once('exit', writePending);
  setInterval(writePending, BATCH.intervalMs).unref();
  return {
    write(line) {
      lines.push(line);
      characters += line.length;
      if (characters > BATCH.characters) writeBatch();
    },
    flush: (callback) => writeBatch(callback),
    droppedLines: () => dropped,
  };
}

import type { Writable } from 'node:stream';

/** What a pipe that nobody reads may hold of our lines. */
const MAX_WAITING_BYTES = 1024 ** 2;

/**
 * Writes lines to stderr (or `stream`) without ever waiting, growing without bound or failing.
 *
 * A pipe whose reader is slow makes Node buffer; over the bound lines are dropped and their number is said
 * once there is room again.
 */
export function lineWriter(stream: Writable = process.stderr): (line: string) => void {
  let dropped = 0;
  // A reader that went away (EPIPE) must not end the process.
  stream.on('error', () => {});
  return (line) => {
    if (stream.destroyed || stream.writableEnded) return;
    if (stream.writableLength > MAX_WAITING_BYTES) {
      dropped++;
      return;
    }
    if (dropped > 0) {
      const lost = dropped;
      dropped = 0;
      stream.write(
        `${JSON.stringify({ level: 'warn', event: 'log_lines_dropped', lines: lost })}\n`,
      );
    }
    stream.write(line);
  };
}

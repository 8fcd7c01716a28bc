import { createLogger } from '../src/telemetry/logger.ts';
import { lineWriter } from '../src/telemetry/stderr.ts';

/** One JSON line per event. Not by `console`: Lambda's own Node puts a time and a level before each of its lines. */
export const lambdaLog = createLogger({
  level: 'info',
  format: 'json',
  write: lineWriter(process.stdout),
  clock: Date.now,
});

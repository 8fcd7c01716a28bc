import type { Log, LogFacts } from '../src/telemetry/log.ts';

/** One JSON line per event: Workers Logs index its fields. `debug` is left out: it is paid by the line. */
export const consoleLog: Log = {
  debug() {},
  info: (event, facts) => console.info(line(event, facts)),
  warn: (event, facts) => console.warn(line(event, facts)),
  error: (event, facts) => console.error(line(event, facts)),
};

function line(event: string, facts: LogFacts = {}): string {
  return JSON.stringify({ event, ...facts });
}

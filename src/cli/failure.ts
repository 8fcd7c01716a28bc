import type { Config } from '../config/config.ts';

/** Why the start or the run failed, in one line for the one who has to mend it. */
export function failureLine(error: unknown, config: Config): string {
  const { host, port } = config.listen;
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'EADDRINUSE':
      return `${host}:${port} is in use by another program; choose another port with --port (0 takes a free one)`;
    case 'EACCES':
      return (error as NodeJS.ErrnoException).syscall === 'listen'
        ? `${host}:${port} may not be listened on by this user; choose a port above 1023 with --port`
        : oneLine(error);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine; choose another with --host`;
    default:
      return oneLine(error);
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, ' ').slice(0, 1000);
}

/** Keys of the file that the command line can set; the text is as typed. */
export interface Flags {
  host?: string | undefined;
  port?: string | undefined;
  data?: string | undefined;
  roles?: string | undefined;
  stream?: string | undefined;
  brokers?: string | undefined;
}

/** Writes the flags over what the file said. Returns which flag set which key, for messages. */
export function applyFlags(raw: Record<string, unknown>, flags: Flags): Map<string, string> {
  const flagOf = new Map<string, string>();
  const set = (target: Record<string, unknown>, path: string, flag: string, value: unknown) => {
    target[path.split('.').at(-1)!] = value;
    flagOf.set(path, flag);
  };
  if (flags.host !== undefined) set(section(raw, 'listen'), 'listen.host', '--host', flags.host);
  if (flags.port !== undefined) {
    const port = /^\d{1,9}$/.test(flags.port) ? Number(flags.port) : flags.port;
    set(section(raw, 'listen'), 'listen.port', '--port', port);
  }
  if (flags.data !== undefined) set(raw, 'data', '--data', flags.data);
  if (flags.roles !== undefined) {
    set(raw, 'roles', '--roles', list(flags.roles));
  }
  const stream = () => section(raw, 'stream');
  if (flags.stream !== undefined) set(stream(), 'stream.kind', '--stream', flags.stream);
  if (flags.brokers !== undefined) {
    set(section(stream(), 'kafka'), 'stream.kafka.brokers', '--brokers', list(flags.brokers));
  }
  return flagOf;
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** A section of the wrong type is left for the schema to refuse. */
function section(raw: Record<string, unknown>, name: string): Record<string, unknown> {
  raw[name] ??= {};
  const value = raw[name];
  return typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../config/problems.ts';
import { EXIT } from '../io.ts';
import { processSignals } from '../signals.ts';
import { embeddedStage } from './embedded-stage.ts';
import { type OpenStage, show } from './show.ts';

const HELP = `meshpulse demo [--kafka | --edge] [--port N] [--stay]

A small bookshop's mesh as live HTTP traffic into a real server: ratings fails, its breaker
trips, Slack (or a stand-in) hears of it, and it recovers. Everything is in a temporary folder.

  --kafka    on a real Apache Kafka and four processes, one of which is killed meanwhile;
             needs Java 17, and Maven the first time
  --edge     as --kafka, but the receiver is the Cloudflare Worker, in Cloudflare's own
             runtime on this machine; Kafka is killed for some seconds too
  --port N   the page is there (default: the usual port, else a free one)
  --stay     without a terminal: go on after the story, until a signal
`;

const FLAGS = {
  kafka: { type: 'boolean', default: false },
  edge: { type: 'boolean', default: false },
  port: { type: 'string' },
  stay: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

const ALLOWED = Object.keys(FLAGS)
  .map((name) => `--${name}`)
  .join(', ');

/** The terminal and npm both deliver one Ctrl-C: what comes this soon is the same signal. */
const SAME_SIGNAL_MS = 500;

/** Runs the demo; returns the exit status. */
export async function demo(argv: string[]): Promise<number> {
  let flags: { kafka: boolean; edge: boolean; port?: string; stay: boolean; help?: boolean };
  try {
    flags = parseArgs({ args: argv, options: FLAGS }).values;
  } catch (error) {
    const said = (error as Error).message.split(/[.\n]/)[0];
    return complain(new Error(`${said}; allowed: ${ALLOWED}`), EXIT.wrongUse);
  }
  if (flags.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const { edge, stay, port } = flags;
  const kafka = flags.kafka || edge;
  const stopping = new AbortController();
  const ignore = stopOnSignals(stopping);
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-demo-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  const open: OpenStage = async (options) => {
    const all = { ...options, folder, port };
    if (!kafka) return embeddedStage(all);
    // Only where it is wanted: it loads Kafka's client.
    const { kafkaStage } = await import('./kafka/kafka-stage.ts');
    return kafkaStage({ ...all, edge, signal: stopping.signal });
  };
  try {
    return await show({ open, stay, stopping });
  } catch (error) {
    return complain(error, error instanceof ConfigError ? EXIT.wrongUse : EXIT.failed);
  } finally {
    process.off('exit', remove);
    remove();
    ignore();
  }
}

/** Asked once, it stops in order; asked again, at once. */
function stopOnSignals(stopping: AbortController): () => void {
  let asked: number | null = null;
  return processSignals(() => {
    if (asked === null) {
      asked = Date.now();
      stopping.abort();
    } else if (Date.now() - asked >= SAME_SIGNAL_MS) process.exit(EXIT.failed);
  });
}

function complain(error: unknown, status: number): number {
  process.stderr.write(`meshpulse: ${error instanceof Error ? error.message : error}\n`);
  return status;
}

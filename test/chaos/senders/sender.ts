import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Random } from '../../random.ts';
import type { Unit } from '../world/unit.ts';
import { between } from '../world/weather.ts';
import type { Wrapping } from '../world/wrappings.ts';
import type { Journal } from './journal.ts';
import { type Outcome, post } from './post.ts';

/**
 * What a sender does with a body that was not acknowledged:
 * - `never`: drops it, as Envoy does
 * - `same`: sends the same bytes until they are, as most shippers and Zipkin's reporters do
 * - `append`: sends it with what has come since behind it, as shippers do that read a file
 * - `regroup`: mixes its units with new ones and sends them in other bodies
 */
export type Retry = 'never' | 'same' | 'append' | 'regroup';

export interface SenderOptions {
  provider: string;
  caller: string;
  wrapping: Wrapping;
  source: { unit(nowMs: number): Unit };
  retry: Retry;
  /** Longest wait before another try, seconds. */
  maxBackoffS: number;
  gzip: boolean;
  /** Seconds between two bodies. */
  everyS: number;
  units: number;
}

export interface SenderContext {
  /** Of the receivers; it goes to the next one when one did not take what it sent. */
  ports: readonly number[];
  token: (provider: string) => string;
  journal: Journal;
  random: Random;
  onSending: (bytes: number) => void;
}

const MAX_UNITS = 2_000;
const HANGS_UP = 0.02;

/** One provider's sender: a body at a time, a connection kept alive, its own idea of what to do after an error. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #context: SenderContext;
  #receiver = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(options: SenderOptions, context: SenderContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Sends until `finish`; then until nothing is left that it would send again, or `giveUp`. */
  async run(finish: AbortSignal, giveUp: AbortSignal): Promise<void> {
    const { retry, maxBackoffS, everyS, units } = this.#options;
    const { random } = this.#context;
    let left: Unit[] = [];
    while (!giveUp.aborted && (left.length > 0 || !finish.aborted)) {
      const again = left.length > 0;
      const grows = !again || (retry !== 'same' && left.length < MAX_UNITS);
      const fresh = finish.aborted || !grows ? [] : this.#units(units);
      const batch =
        retry === 'regroup' ? shuffled([...left, ...fresh], random) : [...left, ...fresh];
      const body = batch.splice(0, retry === 'regroup' ? 2 * units : batch.length);
      const outcome = await this.#post(body);
      const taken = outcome.kind === 'acknowledged' || retry === 'never';
      left = taken ? batch : [...body, ...batch];
      const waitS = taken ? between(random, 0.5, 1.5) * everyS : between(random, 0.05, maxBackoffS);
      await sleep(waitS * 1_000, undefined, { signal: taken ? finish : giveUp }).catch(() => {});
    }
    this.#agent.destroy();
  }

  #units(count: number): Unit[] {
    return Array.from({ length: count }, () => this.#options.source.unit(Date.now()));
  }

  async #post(units: readonly Unit[]): Promise<Outcome> {
    const { provider, caller, wrapping, gzip } = this.#options;
    const { journal, ports, token, random, onSending } = this.#context;
    const body = wrapping.body(units, caller);
    const entry = journal.open(provider, wrapping.input, body, units);
    const outcome = await post({
      agent: this.#agent,
      port: ports[this.#receiver % ports.length]!,
      path: wrapping.path,
      headers: {
        authorization: `Bearer ${token(provider)}`,
        'content-type': wrapping.type,
        ...(gzip && { 'content-encoding': 'gzip' }),
      },
      body: gzip ? gzipSync(body) : body,
      hangUpAfterMs: random.next() < HANGS_UP ? between(random, 0, 4) : null,
      onSending: () => onSending(body.length),
    });
    journal.note(entry, outcome);
    if (outcome.kind !== 'acknowledged') this.#receiver++;
    return outcome;
  }
}

function shuffled<T>(from: T[], random: Random): T[] {
  for (let i = from.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [from[i], from[j]] = [from[j]!, from[i]!];
  }
  return from;
}

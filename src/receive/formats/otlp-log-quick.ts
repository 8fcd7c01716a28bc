import type { RequestEvent } from '../../model/request-event.ts';
import { AccessLogFacts } from './access-log-facts.ts';
import { AccessLogSlots } from './access-log-slots.ts';
import { type ByteSource, byteSource } from './byte-source.ts';
import type { KnownEmitter } from './identity-memory.ts';
import { EmitterMemory } from './otlp-emitters.ts';
import { OtlpLogSlots } from './otlp-log-slots.ts';

const NOTHING = byteSource(new Uint8Array(0));

/**
 * Reads LogRecords as proxies write them without making anything but their event; what it remembers of one body
 * serves the next. Of all others it says so, and the plain reader takes them.
 */
export class QuickLogRecords {
  /** How many records it has read, of all bodies. */
  count = 0;
  readonly #slots = new AccessLogSlots(NOTHING);
  readonly #walk = new OtlpLogSlots(this.#slots);
  readonly #facts = new AccessLogFacts(this.#slots);
  readonly #emitters = new EmitterMemory();

  /** Everything until `end` is about `body`. */
  begin(body: Uint8Array): ByteSource {
    this.#slots.source = byteSource(body);
    return this.#slots.source;
  }

  /** Lets go of the body. */
  end(): void {
    this.#slots.source = NOTHING;
  }

  /** Who sent the ResourceLogs at `start`–`end`. */
  emitter(start: number, end: number): KnownEmitter {
    return this.#emitters.of(this.#slots.source, start, end);
  }

  /** The event of the LogRecord at `start`–`end`, filled again at the next call; null when it is not for this reader. */
  read(start: number, end: number, emitter: KnownEmitter): RequestEvent | null {
    if (!this.#walk.read(start, end) || !this.#facts.fill(emitter)) return null;
    this.count++;
    return this.#facts.event;
  }
}

import type { Emitter } from './access-log-fields.ts';
import type { ByteSource } from './byte-source.ts';
import { ByteTable } from './byte-table.ts';
import type { KnownEmitter } from './identity-memory.ts';
import { keyValue } from './otlp-any-value.ts';
import { resourceEmitter } from './otlp-emitter.ts';
import { eachMessage } from './otlp-wire.ts';

// Field numbers: opentelemetry-proto `logs/v1/logs.proto`, `resource/v1/resource.proto`.
const RESOURCE_LOGS = { resource: 1 } as const;
const RESOURCE = { attributes: 1 } as const;

/** Who sent one ResourceLogs: as many of its resource's attributes as can be read, a broken one costs no record. */
export function emitterOf(bytes: Uint8Array, start: number, end: number): Emitter {
  const attributes: Record<string, unknown> = Object.create(null);
  eachMessage(bytes, start, end, RESOURCE_LOGS.resource, (resource, resourceEnd) => {
    eachMessage(bytes, resource, resourceEnd, RESOURCE.attributes, (pair, pairEnd) => {
      const [key, value] = keyValue(bytes.subarray(pair, pairEnd));
      attributes[key] = value;
    });
  });
  return resourceEmitter(attributes);
}

/** {@link emitterOf}, remembered by the resource's bytes. */
export class EmitterMemory {
  readonly #known = new ByteTable<KnownEmitter>(1024, 2 ** 19);
  #last = 0;

  of(source: ByteSource, start: number, end: number): KnownEmitter {
    const { bytes } = source;
    let count = 0;
    let resource = start;
    let resourceEnd = start;
    eachMessage(bytes, start, end, RESOURCE_LOGS.resource, (from, to) => {
      count++;
      resource = from;
      resourceEnd = to;
    });
    // The parts of a message add up; nobody sends it in parts.
    if (count > 1) return { emitter: emitterOf(bytes, start, end), id: null };
    const known = this.#known.find(source, resource, resourceEnd);
    if (known !== undefined) return known;
    this.#last = (this.#last + 1) % 2 ** 32;
    const made = { emitter: emitterOf(bytes, start, end), id: this.#last };
    this.#known.add(source, resource, resourceEnd, made);
    return made;
  }
}

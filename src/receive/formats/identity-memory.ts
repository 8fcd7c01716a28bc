import { type Identity, resolveIdentity } from '../../identity/resolve.ts';
import type { Emitter } from './access-log-fields.ts';
import { type AccessLogSlots, SLOT } from './access-log-slots.ts';
import { type ByteSource, byteSource, textAt } from './byte-source.ts';
import { ByteTable } from './byte-table.ts';

/** An emitter that comes again and again. */
export interface KnownEmitter {
  readonly emitter: Emitter;
  /** A 32-bit number of no other emitter; null for one that is not remembered. */
  readonly id: number | null;
}

const EVIDENCE = [
  SLOT.upstreamCluster,
  SLOT.requestedServerName,
  SLOT.authority,
  SLOT.downstreamPeerUriSan,
] as const;

/** Most bytes of what one identity comes from; what is longer is not remembered. */
const MAX_EVIDENCE = 1024;

/** {@link resolveIdentity} of a record's slots, remembered by the bytes it comes from. */
export class IdentityMemory {
  readonly #identities = new ByteTable<Identity>(16_384, 2 ** 21);
  readonly #key = byteSource(new Uint8Array(MAX_EVIDENCE));

  of(slots: AccessLogSlots, { emitter, id }: KnownEmitter): Identity {
    const length = id === null ? 0 : this.#writeKey(slots, id);
    if (length === 0) return resolved(slots, emitter);
    const known = this.#identities.find(this.#key, 0, length);
    if (known !== undefined) return known;
    const identity = resolved(slots, emitter);
    this.#identities.add(this.#key, 0, length, identity);
    return identity;
  }

  /** The emitter, then each piece of evidence with its length before it. 0 when it is too long. */
  #writeKey(slots: AccessLogSlots, id: number): number {
    const { view } = this.#key;
    view.setUint32(0, id, true);
    let at = 4;
    for (let index = 0; index < EVIDENCE.length; index++) {
      const slot = EVIDENCE[index]!;
      const start = slots.starts[slot]!;
      const length = slots.has(slot) ? slots.ends[slot]! - start : 0;
      if (at + 2 + length > MAX_EVIDENCE) return 0;
      view.setUint16(at, length, true);
      at += 2;
      copy(slots.source, start, length, this.#key, at);
      at += length;
    }
    return at;
  }
}

function resolved(slots: AccessLogSlots, emitter: Emitter): Identity {
  return resolveIdentity({
    upstreamCluster: text(slots, SLOT.upstreamCluster),
    requestedServerName: text(slots, SLOT.requestedServerName),
    authority: text(slots, SLOT.authority),
    downstreamPeerUriSan: text(slots, SLOT.downstreamPeerUriSan),
    emitter,
  });
}

function text(slots: AccessLogSlots, slot: number): string | null {
  return slots.has(slot) ? textAt(slots.source, slots.starts[slot]!, slots.ends[slot]!) : null;
}

function copy(from: ByteSource, start: number, length: number, to: ByteSource, at: number): void {
  if (length < 4) {
    for (let index = 0; index < length; index++) to.bytes[at + index] = from.bytes[start + index]!;
    return;
  }
  const last = length - 4;
  for (let index = 0; index < last; index += 4) {
    to.view.setInt32(at + index, from.view.getInt32(start + index, true), true);
  }
  to.view.setInt32(at + last, from.view.getInt32(start + last, true), true);
}

import { WireReader } from './otlp-wire.ts';

// Field numbers: opentelemetry-proto `common/v1/common.proto`.
const KEY_VALUE = { key: 1, value: 2 } as const;
const ANY_VALUE = { string: 1, bool: 2, int: 3, double: 4, kvlist: 6, bytes: 7 } as const;
const KEY_VALUE_LIST = { values: 1 } as const;

/** A log record in a shipper's envelope with a pod's labels is four deep. */
const MAX_DEPTH = 8;

/**
 * An AnyValue as JSON has it: integers that a number cannot hold, and bytes, as text; null when it is unset, an
 * array, or nested deeper than any log record. Throws MalformedWire.
 */
export function anyValue(bytes: Uint8Array | null, depth = 0): unknown {
  if (bytes === null || depth > MAX_DEPTH) return null;
  let value: unknown = null;
  const reader = new WireReader(bytes);
  // A oneof: the last one wins.
  while (reader.next()) value = variant(reader, depth) ?? value;
  return value;
}

export function keyValue(bytes: Uint8Array, depth = 0): [key: string, value: unknown] {
  let key = '';
  let value: unknown = null;
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.field === KEY_VALUE.key) key = reader.text() ?? key;
    else if (reader.field === KEY_VALUE.value) value = anyValue(reader.bytes(), depth);
  }
  return [key, value];
}

function variant(reader: WireReader, depth: number): unknown {
  switch (reader.field) {
    case ANY_VALUE.string:
    case ANY_VALUE.bytes:
      return reader.text();
    case ANY_VALUE.bool: {
      const bit = reader.varint();
      return bit === null ? null : bit !== 0n;
    }
    case ANY_VALUE.int:
      return integer(reader.varint());
    case ANY_VALUE.double:
      return double(reader.fixed64());
    case ANY_VALUE.kvlist:
      return object(reader.bytes(), depth + 1);
    default:
      return null;
  }
}

function integer(varint: bigint | null): number | string | null {
  if (varint === null) return null;
  const value = BigInt.asIntN(64, varint);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function double(bits: bigint | null): number | null {
  if (bits === null) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function object(list: Uint8Array | null, depth: number): Record<string, unknown> | null {
  if (list === null) return null;
  const members: Record<string, unknown> = Object.create(null);
  const reader = new WireReader(list);
  while (reader.next()) {
    const bytes = reader.field === KEY_VALUE_LIST.values ? reader.bytes() : null;
    if (bytes === null) continue;
    const [key, value] = keyValue(bytes, depth);
    members[key] = value;
  }
  return members;
}

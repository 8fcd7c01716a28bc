import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { INPUTS } from '../../src/model/input.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { RESPONSE_FLAGS } from '../../src/model/response-flags.ts';
import { decodeMessage, encodeParts, encodePolicy, encodeTick } from '../../src/packed/codec.ts';
import type { Columns } from '../../src/packed/columns.ts';
import type { Part } from '../../src/packed/message.ts';
import { parts } from './arbitraries.ts';

const text = readFileSync(new URL('../../docs/stream.proto', import.meta.url), 'utf8');
/** Another implementation of the published schema: what it writes we read, and it reads what we write. */
const { root } = protobuf.parse(text);
const type = (name: string) => root.lookupType(`meshpulse.stream.v1.${name}`);
const [StreamRecord, ColumnsMessage] = [type('StreamRecord'), type('Columns')];

const long = (value: bigint | number, unsigned: boolean) => {
  const [low, high] = [BigInt(value), BigInt(value) >> 32n].map((half) =>
    Number(BigInt.asIntN(32, half)),
  );
  return new protobuf.util.Long(low, high, unsigned);
};
const hexBytes = (hex: string) => Buffer.from(hex, 'hex');

/** A column by the schema's words: empty when it is zero in all rows. */
function column(values: ArrayLike<number>, plus = 0): number[] {
  const numbers = Array.from(values, (value) => value + plus);
  return numbers.every((value) => value === 0) ? [] : numbers;
}
const longs = (values: Iterable<bigint | number>) =>
  Array.from(values, (value) => long(value, true));
const longColumn = (values: BigUint64Array) =>
  values.every((value) => value === 0n) ? [] : longs(values);

function columnsObject(columns: Columns) {
  const ends = [...columns.endUs];
  return {
    dictionary: columns.dictionary.slice(1),
    firstEndUs: long(ends[0] ?? 0, true),
    endDeltaUs: ends.map((end, row) => long(end - (ends[row - 1] ?? end), false)),
    durationUsPlus_1: longs(column(columns.durationUs, 1)),
    code: column(columns.code),
    grpcStatusPlus_1: column(columns.grpcStatus, 1),
    flags: column(columns.flags),
    reporter: column(columns.reporter),
    mtls: column(columns.mtls),
    traits: column(columns.traits),
    details: column(columns.details),
    source: column(columns.source),
    destination: column(columns.destination),
    cluster: column(columns.cluster),
    subset: column(columns.subset),
    host: column(columns.host),
    fingerprint: longs(columns.fingerprints ?? []),
    ...(columns.spans && {
      spans: {
        traceIdLow: longColumn(columns.spans.traceIdLow),
        id: longColumn(columns.spans.id),
        shared: column(columns.spans.shared),
      },
    }),
    samples: columns.samples.map(({ row, requestId, traceId }) => ({
      row,
      ...(requestId !== null && { requestId }),
      ...(traceId !== null && { traceId }),
    })),
  };
}

function partObject({ frame, columns }: Part) {
  return {
    bodyId: hexBytes(frame.bodyId),
    chunk: frame.chunk,
    provider: frame.provider,
    input: INPUTS.indexOf(frame.input) + 1,
    receivedMs: long(frame.receivedAt, true),
    events: frame.events,
    deadLetters: frame.deadLetters,
    notRequests: frame.notRequests,
    columnsVersion: 1,
    columns: ColumnsMessage.encode(columnsObject(columns)).finish(),
  };
}

/** Plain, comparable form of a decoded message: 64-bit numbers as text, every field present. */
const plain = (message: protobuf.Message, of: protobuf.Type) =>
  of.toObject(message, {
    longs: String,
    bytes: String,
    arrays: true,
    objects: true,
    defaults: true,
  });

describe('docs/stream.proto, by another implementation,', () => {
  test('describes what we write', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const written = StreamRecord.decode(encodeParts(given)) as protobuf.Message & {
          parts: { columns: Uint8Array }[];
        };
        const expected = StreamRecord.create({ parts: given.map(partObject) });
        // The columns field itself is compared by content: the order of fields is free.
        const inner = written.parts.map(({ columns }) =>
          plain(ColumnsMessage.decode(columns), ColumnsMessage),
        );
        expect(inner).toEqual(
          given.map(({ columns }) =>
            plain(ColumnsMessage.create(columnsObject(columns)), ColumnsMessage),
          ),
        );
        const frames = (record: object) =>
          (record as { parts: object[] }).parts.map((part) => ({ ...part, columns: null }));
        expect(frames(plain(written, StreamRecord))).toEqual(frames(plain(expected, StreamRecord)));
      }),
    );
  });

  test('writes what we read', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const bytes = StreamRecord.encode({ parts: given.map(partObject) }).finish();
        expect(decodeMessage(bytes)).toEqual({ kind: 'parts', parts: given });
      }),
    );
  });

  test('agrees on ticks and policies', () => {
    expect(StreamRecord.toObject(StreamRecord.decode(encodeTick()))).toEqual({ tick: {} });
    expect(decodeMessage(StreamRecord.encode({ tick: {} }).finish())).toEqual({ kind: 'tick' });
    const json = new TextEncoder().encode(JSON.stringify(DEFAULT_POLICY));
    expect(StreamRecord.toObject(StreamRecord.decode(encodePolicy(DEFAULT_POLICY)))).toEqual({
      policy: { json },
    });
    expect(decodeMessage(StreamRecord.encode({ policy: { json } }).finish())).toEqual({
      kind: 'policy',
      policy: DEFAULT_POLICY,
    });
  });

  test('names the response flags and inputs in the order of the model', () => {
    const comment = /one bit each from bit 0:([\s\S]*?);/.exec(text)?.[1] ?? '';
    expect(comment.replaceAll('//', '').trim().split(/\s+/)).toEqual([...RESPONSE_FLAGS]);
    const inputs = root.lookupEnum('meshpulse.stream.v1.Input').values;
    expect(inputs).toEqual({
      INPUT_UNSPECIFIED: 0,
      ...Object.fromEntries(INPUTS.map((input, i) => [input.toUpperCase(), i + 1])),
    });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TRAIT } from '../../src/model/request-event.ts';
import { FLAG } from '../../src/model/response-flags.ts';
import { encodeParts } from '../../src/packed/codec.ts';
import { MAX_TIME_US } from '../../src/packed/columns.ts';
import { writeColumns } from '../../src/packed/columns-writer.ts';
import { PartBuilder } from '../../src/packed/part-builder.ts';
import { Writer } from '../../src/packed/writer.ts';
import { builderOf, eventWith, partOf, rows } from './arbitraries.ts';

describe('the rows', () => {
  test('hold every fact of the event they were made from', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const columns = builderOf(given, { spans: true, fingerprints: true }).columns();
        expect(columns.count).toBe(given.length);
        given.forEach(([event, fingerprint], row) => {
          const text = (column: Uint32Array) => columns.dictionary[column[row] as number];
          expect({
            endUs: columns.endUs[row],
            durationUs: columns.durationUs[row],
            code: columns.code[row],
            grpcStatus: columns.grpcStatus[row],
            flags: columns.flags[row],
            mtls: columns.mtls[row],
            reporter: ['source', 'destination', 'waypoint'][columns.reporter[row] as number],
            traits: columns.traits[row],
            details: text(columns.details),
            source: text(columns.source),
            destination: text(columns.destination),
            cluster: text(columns.cluster),
            subset: text(columns.subset),
            host: text(columns.host),
            fingerprint: columns.fingerprints?.[row],
            traceIdLow: columns.spans?.traceIdLow[row],
            id: columns.spans?.id[row],
            shared: columns.spans?.shared[row],
          }).toEqual({
            endUs: event.endUs,
            durationUs: event.durationUs ?? -1,
            code: event.code,
            grpcStatus: event.grpcStatus ?? -1,
            flags: event.flags,
            mtls: event.mtls === null ? 0 : event.mtls ? 2 : 1,
            reporter: event.reporter,
            traits: event.traits,
            details: event.details,
            source: event.source,
            destination: event.destination,
            cluster: event.cluster,
            subset: event.subset,
            host: event.host,
            fingerprint: fingerprint ?? 0n,
            traceIdLow: BigInt(`0x${event.traceId?.slice(-16) ?? 0}`),
            id: BigInt(`0x${event.span?.id ?? 0}`),
            shared: event.span?.shared ? 1 : 0,
          });
        });
      }),
    );
  });

  test('are of the cluster of their sender where they name none', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { cluster, dictionary } = builderOf(given, { cluster: 'here' }).columns();
        const named = given.map(([event]) => event.cluster ?? 'here');
        expect([...cluster].map((index) => dictionary[index])).toEqual(named);
      }),
    );
  });

  test('do not change when the caller fills the same event again', () => {
    const builder = new PartBuilder();
    const reused = eventWith();
    for (const code of [200, 404, 503]) builder.add(Object.assign(reused, { code }), null);
    expect([...builder.columns().code]).toEqual([200, 404, 503]);
  });

  test('that were handed out stay as they are while more are added, past every growth', () => {
    const builder = builderOf([[eventWith({ code: 201 }), null]]);
    const early = builder.columns();
    for (let i = 0; i < 300; i++) builder.add(eventWith({ source: `s${i}` }), null);
    expect([...early.code]).toEqual([201]);
    expect(early.dictionary).toHaveLength(6);
    expect(builder.columns().code[0]).toBe(201);
    expect(builder.columns().count).toBe(301);
  });

  test('hold each distinct string once', () => {
    const builder = new PartBuilder();
    for (let i = 0; i < 100; i++) builder.add(eventWith(), null);
    expect(builder.columns().dictionary).toEqual([
      null,
      'via_upstream',
      'productpage.default',
      'reviews.default',
      'v1',
      '10.0.0.1:9080',
    ]);
  });

  test.each([
    [Number.NaN, 0],
    [-5, 0],
    [12.6, 13],
    [Number.POSITIVE_INFINITY, MAX_TIME_US],
  ])('put an unusable end of %d µs at %d', (endUs, expected) => {
    expect(builderOf([[eventWith({ endUs }), null]]).columns().endUs[0]).toBe(expected);
  });

  test('have no identity and an unknown duration where ids and duration are not what they should be', () => {
    const odd = eventWith({
      durationUs: Number.NaN,
      traceId: 'not hex',
      span: { id: '', shared: false },
    });
    const columns = builderOf([[odd, null]], { spans: true }).columns();
    expect(columns.durationUs[0]).toBe(-1);
    expect(columns.spans?.traceIdLow[0]).toBe(0n);
    expect(columns.spans?.id[0]).toBe(0n);
  });

  test('of 64-bit and 128-bit reports of one trace carry the same trace id', () => {
    const short = eventWith({
      traceId: 'a3ce929d0e0e4736',
      span: { id: '00f067aa0ba902b7', shared: true },
    });
    const long = { ...short, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' };
    const { spans } = builderOf(
      [
        [short, null],
        [long, null],
      ],
      { spans: true },
    ).columns();
    expect([...(spans?.traceIdLow ?? [])]).toEqual([0xa3ce929d0e0e4736n, 0xa3ce929d0e0e4736n]);
  });

  test('leave out spans and fingerprints unless asked for', () => {
    const columns = builderOf([
      [eventWith({ span: { id: '00f067aa0ba902b7', shared: true } }), 7n],
    ]).columns();
    expect(columns.spans).toBeNull();
    expect(columns.fingerprints).toBeNull();
  });
});

test('rows that are taken, with room for more, are written as the rows alone are', () => {
  fc.assert(
    fc.property(rows, fc.boolean(), fc.boolean(), (given, spans, fingerprints) => {
      const builder = builderOf(given, { spans, fingerprints });
      const alone = partOf(builder);
      const taken = { frame: alone.frame, columns: builder.take() };
      expect(encodeParts([taken])).toEqual(encodeParts([alone]));
    }),
  );
});

describe('the size', () => {
  test('is never less than what the columns take on the wire', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), fc.boolean(), (given, spans, fingerprints) => {
        const builder = builderOf(given, { spans, fingerprints });
        const writer = new Writer();
        writer.begin();
        writeColumns(writer, builder.columns());
        expect(builder.bytes).toBeGreaterThanOrEqual(writer.finish().length);
      }),
    );
  });

  test('is over what is less than it, and not over itself', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: -200, max: 200 }), (given, more) => {
        const builder = builderOf(given);
        const { bytes } = builderOf(given);
        expect(builder.isOver(bytes + more)).toBe(more < 0);
      }),
    );
  });

  test('does not grow with samples that were replaced by slower ones', () => {
    const size = (durations: number[]) =>
      builderOf(
        durations.map((durationUs) => [eventWith({ durationUs, requestId: 'r'.repeat(36) }), null]),
      ).bytes;
    expect(size([1, 2, 3, 4, 5, 6, 7, 8])).toBe(size([8, 7, 6, 5, 4, 3, 2, 1]));
  });
});

describe('the samples', () => {
  const sampled = (...events: Parameters<typeof eventWith>[0][]) =>
    builderOf(events.map((changes, i) => [eventWith({ requestId: `r${i}`, ...changes }), null]))
      .columns()
      .samples.map(({ requestId }) => requestId);

  test('are the two slowest of each destination, in row order', () => {
    expect(
      sampled(
        { durationUs: 30 },
        { durationUs: 10 },
        { durationUs: 50 },
        { durationUs: 40 },
        { durationUs: 1, destination: 'ratings.default' },
        { durationUs: 1, destination: null },
      ),
    ).toEqual(['r2', 'r3', 'r4', 'r5']);
  });

  test('are the earlier ones among equally slow', () => {
    expect(sampled({}, {}, {})).toEqual(['r0', 'r1']);
  });

  test.each([
    ['a code of 500 or more', { code: 503 }],
    ['a failure flag', { flags: FLAG.UF }],
    ['a refusal', { flags: FLAG.UO }],
    ['a gRPC status that is not 0', { grpcStatus: 14 }],
  ])('are also the first two with %s', (_, failed) => {
    const fast = { durationUs: 1 };
    expect(
      sampled({}, {}, fast, { ...fast, ...failed }, { ...fast, ...failed }, { ...fast, ...failed }),
    ).toEqual(['r0', 'r1', 'r3', 'r4']);
  });

  test.each([
    ['404', { code: 404 }],
    ['a client that went away', { flags: FLAG.DC }],
    ['gRPC OK', { grpcStatus: 0 }],
  ])('are not taken for %s', (_, fine) => {
    expect(sampled({}, {}, { durationUs: 1, ...fine })).toEqual(['r0', 'r1']);
  });

  test('never take the length of a connection or an upgraded stream for a latency', () => {
    expect(
      sampled(
        { traits: TRAIT.connection, durationUs: 9e9 },
        { traits: TRAIT.upgrade, durationUs: 9e9 },
        {},
      ),
    ).toEqual(['r2']);
  });

  test('name a row once when it is slow and failed', () => {
    expect(sampled({ code: 500 })).toEqual(['r0']);
  });

  test('leave out rows without an id, and ids too long to be one', () => {
    expect(sampled({ requestId: null }, { requestId: 'x'.repeat(129) }, { durationUs: 1 })).toEqual(
      ['r2'],
    );
  });

  test('keep the trace id of a row without request id', () => {
    const traceId = 'a3ce929d0e0e4736';
    const { samples } = builderOf([[eventWith({ traceId }), null]]).columns();
    expect(samples).toEqual([{ row: 0, requestId: null, traceId }]);
  });
});

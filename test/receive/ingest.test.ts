import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_DETAILS, MAX_NAME, type RequestEvent } from '../../src/model/request-event.ts';
import { decodeMessage } from '../../src/packed/codec.ts';
import type { Part } from '../../src/packed/message.ts';
import { partitionOf } from '../../src/packed/partition.ts';
import { DeadLetterSamples } from '../../src/receive/dead-letter-samples.ts';
import type { DoorRequest } from '../../src/receive/door.ts';
import { UnreadableBody } from '../../src/receive/formats/records.ts';
import { createIngest, type Reader } from '../../src/receive/ingest.ts';
import { RecordTooLarge, StreamFull, StreamUnavailable } from '../../src/stream/errors.ts';
import type { AppendRecord } from '../../src/stream/record.ts';
import type { RecordSink } from '../../src/stream/sink.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { requestEvent } from './events.ts';

const KAFKA_MAX_BYTES = 1_000_000;

/** Keeps what is appended, or rejects with `failure`. */
function keepingSink(partitions: number, failure?: Error) {
  const appended: AppendRecord[] = [];
  const calls: number[] = [];
  const sink: RecordSink = {
    partitions: () => partitions,
    async append(records) {
      if (failure !== undefined) throw failure;
      calls.push(records.length);
      appended.push(...records);
      return records.map(({ partition }) => ({ partition, offset: 0 }));
    },
    async close() {},
  };
  return { sink, appended, calls };
}

function setUp(partitions = 4, failure?: Error, maxRecords = 50_000) {
  const kept = keepingSink(partitions, failure);
  const samples = new DeadLetterSamples(kept.sink, () => 0, new Metrics());
  return { ...kept, samples, ingest: createIngest({ sink: kept.sink, maxRecords, samples }) };
}

const request = (body: string, replaced: Partial<DoorRequest> = {}): DoorRequest => ({
  provider: 'edge',
  cluster: null,
  contentType: null,
  body: new TextEncoder().encode(body),
  receivedAt: 1_795_000_000_123,
  traceContext: null,
  ...replaced,
});

/** One event per word of the body, `destination` is the word; `!` is a dead letter, `-` is no request. */
const readWords: Reader = (body, out) => {
  for (const word of new TextDecoder().decode(body).split(' ').filter(Boolean)) {
    const raw = new TextEncoder().encode(word);
    if (word === '!') out.deadLetter('unknown_format', raw);
    else if (word === '-') out.notARequest('client_span');
    else out.event(requestEvent({ destination: word }), raw);
  }
};

function partsOf(records: readonly AppendRecord[]): { partition: number; part: Part }[] {
  return records
    .filter(({ topic }) => topic === 'requests')
    .flatMap(({ partition, value }) => {
      const message = decodeMessage(value!);
      if (message.kind !== 'parts') throw new Error(`found a ${message.kind}`);
      return message.parts.map((part) => ({ partition, part }));
    });
}

const destinations = ({ columns }: Part) =>
  [...columns.destination].map((index) => columns.dictionary[index]);

describe('a body', () => {
  test('makes one part per partition, in one append, each event where its destination belongs', async () => {
    const { ingest, appended, calls } = setUp();
    const words = Array.from({ length: 40 }, (_, n) => `service-${n % 13}.shop`);
    const ingested = await ingest('access_logs', readWords, request(words.join(' ')));
    expect(ingested).toMatchObject({ records: 40, events: 40, appended: appended.length });
    expect(calls).toHaveLength(1);
    const parts = partsOf(appended);
    for (const { partition, part } of parts) {
      for (const name of destinations(part)) expect(partitionOf(name!, 4)).toBe(partition);
    }
    expect(parts.map(({ part }) => part.frame.chunk)).toEqual(parts.map((_, index) => index));
    expect(parts.flatMap(({ part }) => destinations(part)).sort()).toEqual([...words].sort());
    expect(new Set(parts.map(({ part }) => part.frame.bodyId)).size).toBe(1);
  });

  test('puts the counts of what makes no event on its first part only', async () => {
    const { ingest, appended } = setUp();
    await ingest('zipkin_spans', readWords, request('- a ! b c d e f ! -'));
    const [first, ...others] = partsOf(appended).map(({ part }) => part.frame);
    expect(first).toMatchObject({
      chunk: 0,
      deadLetters: { unknown_format: 2 },
      notRequests: { client_span: 2 },
    });
    expect(others.length).toBeGreaterThan(0);
    for (const frame of others) expect(frame).toMatchObject({ deadLetters: {}, notRequests: {} });
  });

  test('without an event makes one part on partition 0, so that its counts travel', async () => {
    const { ingest, appended } = setUp();
    const ingested = await ingest('otlp_logs', readWords, request('! -'));
    expect(ingested).toMatchObject({ records: 2, events: 0, appended: 1 });
    const [only] = partsOf(appended);
    expect(only).toMatchObject({
      partition: 0,
      part: { frame: { events: 0, deadLetters: { unknown_format: 1 } } },
    });
  });

  test('without a record appends nothing', async () => {
    const { ingest, appended } = setUp();
    expect(await ingest('otlp_logs', readWords, request(''))).toMatchObject({ records: 0 });
    expect(appended).toEqual([]);
  });

  test('carries provider, input, receive time and trace context', async () => {
    const { ingest, appended } = setUp();
    const traceContext = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    await ingest('otlp_logs', readWords, request('a', { traceContext }));
    expect(appended[0]).toMatchObject({ topic: 'requests', headers: traceContext });
    expect(partsOf(appended)[0]?.part.frame).toMatchObject({
      provider: 'edge',
      input: 'otlp_logs',
      receivedAt: 1_795_000_000_123,
      events: 1,
    });
  });

  test('is of the cluster of its sender where it names none', async () => {
    const { ingest, appended } = setUp(1);
    const read: Reader = (_, out) => {
      out.event(requestEvent({ destination: 'a', cluster: 'west' }), new Uint8Array());
      out.event(requestEvent({ destination: 'a', cluster: null }), new Uint8Array());
    };
    await ingest('otlp_logs', read, request('x', { cluster: 'east' }));
    const { columns } = partsOf(appended)[0]!.part;
    expect([...columns.cluster].map((index) => columns.dictionary[index])).toEqual([
      'west',
      'east',
    ]);
    const other = setUp(1);
    await other.ingest('otlp_logs', readWords, request('a'));
    expect([...partsOf(other.appended)[0]!.part.columns.cluster]).toEqual([0]);
  });

  test('sent again is the same parts, byte for byte, but for the receive time', async () => {
    const [one, two] = [setUp(), setUp()];
    const words = Array.from({ length: 100 }, (_, n) => (n % 9 === 0 ? '!' : `s${n % 7}`));
    for (const { ingest } of [one, two]) {
      await ingest('access_logs', readWords, request(words.join(' ')));
    }
    const requests = ({ appended }: typeof one) =>
      appended.filter(({ topic }) => topic === 'requests');
    expect(requests(two)).toEqual(requests(one));
  });

  test('of another provider, input or byte has another id', async () => {
    const { ingest, appended } = setUp();
    await ingest('otlp_logs', readWords, request('a'));
    await ingest('access_logs', readWords, request('a'));
    await ingest('otlp_logs', readWords, request('b'));
    await ingest('otlp_logs', readWords, request('a', { provider: 'other' }));
    const ids = partsOf(appended).map(({ part }) => part.frame.bodyId);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('has fingerprints in access logs only, and span identities in spans only', async () => {
    const { ingest, appended } = setUp(1);
    for (const input of ['access_logs', 'otlp_logs', 'zipkin_spans'] as const) {
      await ingest(input, readWords, request('a a b'));
    }
    const [logs, otlp, spans] = partsOf(appended).map(({ part }) => part.columns);
    expect(new Set(logs?.fingerprints).size).toBe(3);
    expect([otlp?.fingerprints, spans?.fingerprints]).toEqual([null, null]);
    expect([logs?.spans, otlp?.spans]).toEqual([null, null]);
    expect(spans?.spans).not.toBeNull();
  });
});

describe('the split by size', () => {
  const many =
    (events: number, make: (n: number) => Partial<RequestEvent>): Reader =>
    (_, out) => {
      for (let n = 0; n < events; n++) out.event(requestEvent(make(n)), Uint8Array.of(n, n >> 8));
    };

  test('puts at most 5 000 events into a part', async () => {
    const { ingest, appended } = setUp(1);
    await ingest(
      'access_logs',
      many(12_001, () => ({})),
      request('x'),
    );
    expect(partsOf(appended).map(({ part }) => part.frame.events)).toEqual([5000, 5000, 2001]);
  });

  test('keeps every record under what Kafka takes, however long the names are', async () => {
    const { ingest, appended } = setUp(1);
    const name = (n: number, mark: string) => `${mark}${n}`.padEnd(MAX_NAME, '世');
    await ingest(
      'access_logs',
      many(2_000, (n) => ({
        source: name(n, 's'),
        destination: name(n, 'd'),
        cluster: name(n, 'c'),
        subset: name(n, 'v'),
        host: name(n, 'h'),
        details: `${n}`.padEnd(MAX_DETAILS, '界'),
        requestId: `${n}`.padEnd(128, '五'),
        traceId: 'f'.repeat(32),
        code: 503,
      })),
      request('x'),
    );
    const parts = partsOf(appended);
    expect(parts.reduce((sum, { part }) => sum + part.frame.events, 0)).toBe(2000);
    for (const { value } of appended) expect(value!.length).toBeLessThan(KAFKA_MAX_BYTES);
    // Not by being timid either: all but the last are filled to more than half.
    for (const { value } of appended.slice(0, -1)) expect(value!.length).toBeGreaterThan(450_000);
  });
});

describe('what cannot be taken', () => {
  test('a body over the record limit is refused whole, at the first record too many', async () => {
    const { ingest, appended } = setUp(4, undefined, 3);
    await expect(ingest('access_logs', readWords, request('a ! - b'))).rejects.toMatchObject({
      code: 'too_many_records',
    });
    await expect(ingest('access_logs', readWords, request('a ! -'))).resolves.toBeDefined();
    expect(partsOf(appended)).toHaveLength(1);
  });

  test('a body its reader gives up on leaves nothing behind, whatever was read before', async () => {
    const { ingest, appended, samples } = setUp();
    const read: Reader = (body, out) => {
      readWords(body, out);
      throw new UnreadableBody('the list never ends');
    };
    await expect(ingest('otlp_logs', read, request('a ! b'))).rejects.toMatchObject({
      code: 'unreadable_body',
      message: 'the list never ends',
    });
    await samples.pending;
    expect(appended).toEqual([]);
  });

  test.each([
    [new StreamUnavailable('disk full'), 'stream_unavailable'],
    [new StreamUnavailable('who knows', { inDoubt: true }), 'stream_unavailable'],
    [new StreamFull('64 MiB wait'), 'stream_full'],
    [new RecordTooLarge('over 1 MB'), 'record_too_large'],
    [new Error('a bug below'), 'stream_unavailable'],
  ])('%s becomes %s', async (failure, code) => {
    const { ingest } = setUp(4, failure);
    await expect(ingest('access_logs', readWords, request('a'))).rejects.toMatchObject({ code });
  });
});

test('no body makes counts that do not add up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', '!', '-'), { maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      async (words, partitions) => {
        const { ingest, appended } = setUp(partitions);
        const ingested = await ingest('access_logs', readWords, request(words.join(' ')));
        const frames = partsOf(appended).map(({ part }) => part.frame);
        const sum = (counts: Record<string, number>) =>
          Object.values(counts).reduce((total, count) => total + count, 0);
        const total = frames.reduce(
          (all, frame) => all + frame.events + sum(frame.deadLetters) + sum(frame.notRequests),
          0,
        );
        expect(total).toBe(words.length);
        expect(ingested.records).toBe(words.length);
      },
    ),
  );
});

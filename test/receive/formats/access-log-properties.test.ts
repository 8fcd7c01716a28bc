import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESPONSE_FLAGS } from '../../../src/model/response-flags.ts';
import { expectSame } from '../../same.ts';
import { envoyLine, istioLine, istioRecord, readLogs } from './access-log-lines.ts';

const encoder = new TextEncoder();
const token = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const code = fc.integer({ min: 0, max: 999 });
const flags = fc.subarray([...RESPONSE_FLAGS]).map((names) => names.join(',') || '-');

const line = fc
  .record({ code: code.map(String), flags, authority: token, id: token, agent: token })
  .chain((columns) => fc.constantFrom(istioLine(columns), envoyLine(columns)));
const record = fc
  .record({
    response_code: code,
    response_flags: flags,
    authority: token,
    request_id: token,
    user_agent: fc.string({ unit: 'binary', maxLength: 20 }),
  })
  .map((values) => JSON.stringify(istioRecord(values)));
const envelope = fc
  .tuple(fc.constantFrom('log', 'message', 'msg', 'body'), fc.oneof(line, record), token)
  .map(([key, text, app]) =>
    JSON.stringify({ [key]: text, kubernetes: { namespace_name: 'shop', labels: { app } } }),
  );
const json = fc.oneof(record, envelope);

/** A body's records with one of them damaged: which one it is and what is left of it. */
function damagedOne(good: fc.Arbitrary<string>, damage: (text: string) => fc.Arbitrary<string>) {
  return fc
    .array(good, { minLength: 2, maxLength: 6 })
    .chain((texts) => fc.tuple(fc.constant(texts), fc.nat({ max: texts.length - 1 })))
    .chain(([texts, victim]) =>
      fc.record({
        texts: fc.constant(texts),
        victim: fc.constant(victim),
        left: damage(texts[victim]!),
      }),
    );
}

const cut = (text: string) =>
  fc.integer({ min: 1, max: text.length - 1 }).map((n) => text.slice(0, n));
const mutated = (text: string) =>
  fc
    .tuple(
      fc.nat({ max: text.length - 1 }),
      fc.nat({ max: 2 }),
      fc.oneof(
        fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ','),
        fc.string({ maxLength: 3 }),
      ),
    )
    .map(([at, gone, added]) =>
      (text.slice(0, at) + added + text.slice(at + gone)).replace(/\n/g, ''),
    );

/** What each good record reads as when it is alone. */
function alone(texts: readonly string[]) {
  return texts.flatMap((text) => readLogs(text).events);
}

describe('one damaged record', () => {
  it('costs no other line, and a cut one is one dead letter', () => {
    fc.assert(
      fc.property(damagedOne(fc.oneof(line, json), cut), ({ texts, victim, left }) => {
        const { events, outcomes } = readLogs(texts.with(victim, left).join('\n'));
        const others = alone(texts.toSpliced(victim, 1));
        // A line may lose the end of its last word and still be one; `[` alone may begin an array.
        if (left === '[' || readLogs(left).events.length > 0) return;
        expectSame(events, others);
        expect(outcomes).toHaveLength(texts.length);
        expect('reason' in outcomes[victim]!).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('costs no other line, whatever became of it', () => {
    fc.assert(
      fc.property(damagedOne(fc.oneof(line, json), mutated), ({ texts, victim, left }) => {
        const { raws } = readLogs(texts.with(victim, left).join('\n'));
        for (const text of texts.toSpliced(victim, 1)) {
          expect(raws).toContain(readLogs(text).raws[0]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['an array', (texts: string[]) => `[${texts.join(',')}]`],
    ['objects one after the other', (texts: string[]) => texts.join('')],
  ])('costs no other element of %s', (_, join) => {
    fc.assert(
      fc.property(damagedOne(json, cut), ({ texts, victim, left }) => {
        const { events, reasons } = readLogs(join(texts.with(victim, left)));
        expectSame(events, alone(texts.toSpliced(victim, 1)));
        expect(reasons).toEqual(['malformed_json']);
      }),
      { numRuns: 400 },
    );
  });
});

it('makes exactly one call for every line that is not blank', () => {
  const anyLine = fc
    .string({ unit: 'binary' })
    .map((text) => text.replace(/[\n\r]/g, ' '))
    .filter((text) => !/^[\0-\x20]*[{[]/.test(text) && !text.startsWith('\ufeff'));
  fc.assert(
    fc.property(fc.array(fc.oneof(anyLine, line, json), { maxLength: 8 }), (lines) => {
      const full = lines.filter((text) => /[^\t-\r ]/.test(text));
      expect(readLogs(lines.join('\n')).outcomes).toHaveLength(full.length);
    }),
  );
});

it('reads the same records from an array, from lines and with nothing between', () => {
  fc.assert(
    fc.property(fc.array(json, { maxLength: 5 }), (texts) => {
      const lines = readLogs(texts.join('\n'));
      expect(lines.reasons).toEqual([]);
      expect(readLogs(`[${texts.join(',')}]`).raws).toEqual(lines.raws);
      expect(readLogs(texts.join('')).raws).toEqual(lines.raws);
    }),
  );
});

it('never throws, and shows only bytes that it was given or decoded, whatever it is given', () => {
  const splices = fc.array(
    fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 4 })),
    { maxLength: 6 },
  );
  const bodies = fc
    .tuple(
      fc.array(fc.oneof(line, json), { maxLength: 4 }),
      fc.constantFrom('\n', '', ','),
      splices,
    )
    .map(([texts, separator, edits]) => {
      const bytes = [...encoder.encode(texts.join(separator))];
      for (const [at, gone, added] of edits) bytes.splice(at % (bytes.length + 1), gone, ...added);
      return Uint8Array.from(bytes);
    });
  fc.assert(
    fc.property(fc.oneof(bodies, fc.uint8Array({ maxLength: 300 })), (body) => {
      for (const outcome of readLogs(body).outcomes) {
        if (!('event' in outcome)) continue;
        const { event } = outcome;
        expect(Number.isSafeInteger(event.endUs) && event.endUs >= 0).toBe(true);
        expect(event.durationUs === null || event.durationUs >= 0).toBe(true);
        expect(event.code >= 0 && event.code <= 999).toBe(true);
        for (const name of [event.source, event.destination, event.subset, event.host]) {
          expect(name === null || (name.length > 0 && name.length <= 253)).toBe(true);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

describe('a body made to be slow', () => {
  // In quadratic time any of these would take hours.
  const SIZE = 3_000_000;
  const times = (unit: string) => unit.repeat(Math.ceil(SIZE / unit.length));

  it.each([
    ['open objects', times('{"a":')],
    ['open arrays', `[${times('[')}`],
    ['objects in arrays', times('{"a":[')],
    ['quotes and brackets', times('{"')],
    ['quotes, brackets and backslashes', times('{"\\"')],
    ['lone quotes', `[${times('"')}`],
    ['objects that never end', `{"a":[${times('{},')}`],
    ['records in an object that never ends', `{"a":[${times('{"log":"x"},')}`],
    ['deep objects that never end', `${'{"a":[{},'.repeat(15)}${times('1,')}`],
    ['lines that never end', times('{"a":1,\n')],
    ['lines that nest', times('{"a":[\n')],
    ['rubbish behind objects', `[${times('{}x')}`],
    ['commas', `[${times(',')}`],
    ['spaces', times(' ')],
    ['newlines', `{${times('\n')}`],
    ['one long line', `[2026-03-01T10:00:00Z] "${times('" 200 - ')}`],
    ['one long string', JSON.stringify({ log: times('\r\n ') })],
    ['a long line of quotes', `[2026-03-01T10:00:00Z] "GET ${'" '.repeat(30_000)}`],
    ['a long path', envoyLine({ request: `GET ${'/ HTTP/1.1'.repeat(6000)}` })],
    ['a long string of line ends', JSON.stringify({ log: `${'\n'.repeat(30_000)}x` })],
    ['a long authority', envoyLine({ authority: ':1'.repeat(30_000) })],
  ])('%s', (_, body) => {
    expect(readLogs(body).outcomes.length).toBeLessThan(SIZE);
  });
});

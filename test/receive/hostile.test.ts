import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDoors } from './harness.ts';
import { istioJson, istioLine, otlpJson, otlpProtobuf, utf8, zipkinSpans } from './payloads.ts';

const DOORS: readonly [string, string, Uint8Array][] = [
  ['/v1/logs', 'application/x-protobuf', otlpProtobuf([istioLine(), istioLine()])],
  ['/v1/logs', 'application/json', utf8.encode(JSON.stringify(otlpJson([istioLine()])))],
  ['/v1/access-logs', 'text/plain', utf8.encode(`${istioLine()}\n${istioLine()}`)],
  ['/v1/access-logs', 'application/json', utf8.encode(JSON.stringify([istioJson()]))],
  ['/api/v2/spans', 'application/json', utf8.encode(JSON.stringify(zipkinSpans()))],
];

/** The good body with some of its bytes replaced, doubled or cut. */
const damaged = (good: Uint8Array) =>
  fc
    .array(fc.record({ at: fc.nat(good.length - 1), byte: fc.integer({ min: 0, max: 255 }) }), {
      maxLength: 6,
    })
    .chain((changes) =>
      fc.record({ from: fc.nat(8), to: fc.nat(good.length) }).map(({ from, to }) => {
        const bytes = Uint8Array.from(good);
        for (const { at, byte } of changes) bytes[at] = byte;
        return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(0, to)]);
      }),
    );

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

describe.each(DOORS)('%s with %s', (path, type, good) => {
  test('takes or refuses any bytes, never fails, and what it takes is all in the stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(damaged(good), fc.uint8Array({ maxLength: 200 })),
        async (bytes) => {
          const doors = await openDoors(async (app) => ({
            fetch: async (to, init) => app.fetch(new Request(`http://localhost${to}`, init)),
            close: async () => {},
          }));
          const headers = { 'content-type': type };
          const body = bytes as BodyInit;
          const response = await doors.fetch(path, { method: 'POST', headers, body });
          expect([200, 202, 400]).toContain(response.status);
          const frames = (await doors.parts()).map(({ frame }) => frame);
          const records = frames.reduce(
            (all, { events, deadLetters, notRequests }) =>
              all + events + sum(deadLetters) + sum(notRequests),
            0,
          );
          if (response.status === 400) expect(frames).toEqual([]);
          if (path === '/v1/access-logs') {
            expect(await response.json()).toMatchObject({ records });
          }
          await doors.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});

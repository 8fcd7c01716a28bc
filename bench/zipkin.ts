import type { Records } from '../src/receive/formats/records.ts';
import { readZipkinJson, scanZipkinJson } from '../src/receive/formats/zipkin-json.ts';
import { readZipkinJsonPlain } from '../src/receive/formats/zipkin-json-plain.ts';
import { bodyOf, SENDERS } from '../test/receive/formats/zipkin-senders.ts';
import { nsPerItem, seeded } from './measure.ts';

const SPANS = 100;
const BODIES = 100;
const NOWHERE: Records = { event() {}, notARequest() {}, deadLetter() {} };
const utf8 = new TextEncoder();
const decoder = new TextDecoder();

/** Zipkin JSON to request events in kinds of bodies; beside it the plain reader and JSON.parse alone. */
export function run(smoke: boolean): void {
  const all = Object.entries(kinds());
  // A server's code has seen every kind; code that is optimised for the first alone shows nothing that lasts.
  for (let round = 0; round < (smoke ? 1 : 10); round++) {
    for (const [, bodies] of all) for (const body of bodies) readZipkinJson(body, NOWHERE);
  }
  for (const [name, bodies] of all) {
    const scanned = bodies.filter((body) => scanZipkinJson(body, NOWHERE)).length;
    if (scanned !== bodies.length) throw new Error(`${name}: ${scanned} bodies were scanned`);
    const spans = bodies.length * (name === FIVE ? 5 : SPANS);
    const each = (read: (body: Uint8Array) => unknown) =>
      nsPerItem(
        spans,
        () => {
          for (const body of bodies) read(body);
        },
        smoke,
      );
    const parse = each((body) => JSON.parse(decoder.decode(body)));
    const plain = each((body) => readZipkinJsonPlain(body, NOWHERE));
    const ns = each((body) => readZipkinJson(body, NOWHERE));
    console.log(
      `${name.padEnd(22)} ${ns.toFixed(0).padStart(5)} ns/span ${(1e6 / ns).toFixed(0).padStart(5)} k spans/s` +
        `   plain ${plain.toFixed(0)} ns   JSON.parse ${parse.toFixed(0)} ns`,
    );
  }
}

const FIVE = '5 a post';

function kinds(): Record<string, Uint8Array[]> {
  const [envoy] = SENDERS;
  const random = seeded(1);
  const texts = Array.from({ length: BODIES }, (_, i) => bodyOf(envoy!, SPANS, i * SPANS));
  const bytes = (change: (text: string) => string) =>
    texts.map((text) => utf8.encode(change(text)));
  let name = 0;
  return {
    ordinary: bytes((text) => text),
    'shuffled members': bytes((text) => JSON.stringify(shuffled(JSON.parse(text), random))),
    'slashes escaped': bytes((text) => text.replaceAll('/', '\\/')),
    '10 000 services': bytes((text) =>
      text.replace(/"reviews-\d/g, () => `"service-${name++ % 10_000}`),
    ),
    indented: bytes((text) => JSON.stringify(JSON.parse(text), null, 1)),
    [FIVE]: Array.from({ length: BODIES }, (_, i) => utf8.encode(bodyOf(envoy!, 5, i * 5))),
  };
}

function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((element) => shuffled(element, random));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(
    ([name, member]) => [random(), name, shuffled(member, random)] as const,
  );
  members.sort(([a], [b]) => a - b);
  return Object.fromEntries(members.map(([, name, member]) => [name, member]));
}

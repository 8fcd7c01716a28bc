import { parseBoundedJson } from './bounded-json.ts';
import { type Records, UnreadableBody } from './records.ts';
import { recordSpan } from './zipkin-event.ts';
import { malformed, readSpan } from './zipkin-json-span.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

/**
 * Zipkin JSON v2, a list of spans, by `JSON.parse`: what the byte scanner leaves to it, and what the scanner is
 * tested against. All or nothing, as Zipkin's collector does it: a bad span throws
 * {@link UnreadableBody} in Zipkin's words before any record is out. An empty body and `[]` hold no record.
 *
 * Source: openzipkin/zipkin `ZipkinHttpCollector.java`, `SpanBytesDecoderDetector.java`, `V2SpanReader.java`.
 */
export function readZipkinJsonPlain(body: Uint8Array, out: Records): void {
  const first = firstByte(body);
  if (first === undefined) return;
  if (first !== 0x5b) throw new UnreadableBody('Expected a JSON_V2 encoded list\n');
  for (const span of readSpans(parseList(body))) recordSpan(span, out);
}

function parseList(body: Uint8Array): readonly unknown[] {
  try {
    return parseBoundedJson(body) as unknown[];
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
}

function readSpans(list: readonly unknown[]): ZipkinSpan[] {
  // Zipkin looks for these bytes anywhere in the body, so a header value copied into a tag could fail a batch.
  if (
    list.some((span) => typeof span === 'object' && span !== null && 'binaryAnnotations' in span)
  ) {
    throw new UnreadableBody('Expected a JSON_V2 encoded list, but received: JSON_V1\n');
  }
  return list.map(readSpan);
}

/** The first byte that is neither white space nor part of a byte order mark. */
function firstByte(body: Uint8Array): number | undefined {
  const marked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  for (let i = marked ? 3 : 0; i < body.length; i++) {
    const byte = body[i]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
  }
  return undefined;
}

import type { Records } from './records.ts';
import { readZipkinJsonPlain } from './zipkin-json-plain.ts';
import { ZipkinScanner } from './zipkin-scan.ts';

let idle: ZipkinScanner | null = null;

/**
 * Zipkin JSON v2, a list of spans. All or nothing, as Zipkin's collector does it: a bad span throws
 * {@link UnreadableBody} in Zipkin's words before any record is out. An empty body and `[]` hold no record.
 *
 * Source: openzipkin/zipkin `ZipkinHttpCollector.java`, `SpanBytesDecoderDetector.java`, `V2SpanReader.java`.
 */
export function readZipkinJson(body: Uint8Array, out: Records): void {
  if (!scanZipkinJson(body, out)) readZipkinJsonPlain(body, out);
}

/** The fast way, for ordinary bodies; see {@link ZipkinScanner.read}. One scanner serves all bodies of a process. */
export function scanZipkinJson(body: Uint8Array, out: Records): boolean {
  const scanner = idle ?? new ZipkinScanner();
  // Not to be used by what `out` may call.
  idle = null;
  try {
    return scanner.read(body, out);
  } finally {
    idle = scanner;
  }
}

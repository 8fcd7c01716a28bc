import { gunzipSync } from 'node:zlib';
import { Refusal } from './errors.ts';
import type { ByteHold, ReceiveLimits } from './limits.ts';

/** What of a request its body is read from: of a Web Request (web-request.ts), of node:http's (src/cli/http). */
export interface BodySource {
  readonly headers: { get(name: string): string | null };
  readonly body: BodyBytes | null;
}

/** A body on its way. */
export interface BodyBytes {
  /**
   * Hands over each chunk as it comes. Resolves at the end; rejects when the body breaks off, and with what `take`
   * throws: the rest is then not read.
   */
  read(take: (chunk: Uint8Array) => void): Promise<void>;
  /** All of it in one call, where that is cheaper: workerd hands over chunks of 4 kB, and each costs as much. */
  all?(): Promise<Uint8Array>;
}

export interface ReadBody {
  /** Inflated. */
  bytes: Uint8Array;
  /** Length as it travelled. */
  travelled: number;
}

/** Reads and inflates a body within its limits; rejects with {@link Refusal}. The bytes are good as long as `hold` is. */
export async function readBody(
  source: BodySource,
  limits: ReceiveLimits,
  hold: ByteHold,
): Promise<ReadBody> {
  const gzip = isGzip(source.headers.get('content-encoding'));
  const limit = gzip ? limits.maxBodyBytes : limits.maxInflatedBytes;
  const declared = Number(source.headers.get('content-length') ?? '0');
  if (declared > limit) {
    throw new Refusal(
      'body_too_large',
      `the body is ${declared} bytes, at most ${limit} are taken`,
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const { body } = source;
    if (body?.all !== undefined && declared > 0 && declared <= WHOLE_BYTES) {
      if (!hold.take(declared)) throw busy();
      chunks.push(await body.all());
      length = chunks[0]!.length;
    } else {
      await body?.read((chunk) => {
        length += chunk.length;
        if (length > limit) throw tooMuch(limit);
        if (!hold.take(chunk.length)) throw busy();
        chunks.push(chunk);
      });
    }
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('incomplete_body', `the body broke off after ${length} bytes`, { cause });
  }
  const travelled = chunks.length === 1 ? chunks[0]! : hold.join(chunks, length);
  // Some senders label an empty body gzip (zipkin-server's own suite expects it to be taken).
  const bytes = gzip && length > 0 ? inflate(travelled, limits, hold) : travelled;
  return { bytes, travelled: length };
}

/** A sender that says less than it sends is cut off by whatever speaks HTTP. */
const WHOLE_BYTES = 128 * 1024;

function isGzip(header: string | null): boolean {
  if (header === null) return false;
  const encoding = header.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new Refusal(
    'unsupported_encoding',
    `Content-Encoding is ${JSON.stringify(encoding.slice(0, 64))}, gzip and identity are read`,
  );
}

function tooMuch(limit: number): Refusal {
  return new Refusal('body_too_large', `the body is over ${limit} bytes, which is the most taken`);
}

function busy(): Refusal {
  return new Refusal('receiver_busy', 'too many bytes of bodies are being read, try again');
}

/** `DecompressionStream` ignores back-pressure, so a bomb fills the memory first: zlib with a bound on its output. */
function inflate(travelled: Uint8Array, limits: ReceiveLimits, hold: ByteHold): Uint8Array {
  const { maxInflatedBytes } = limits;
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(travelled, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    if (isOutputLimit(error)) {
      throw new Refusal(
        'inflated_too_large',
        `the body inflates to more than ${maxInflatedBytes} bytes, which is the most taken`,
      );
    }
    throw new Refusal('bad_gzip', `the body is labelled gzip but cannot be inflated`);
  }
  if (!hold.take(bytes.length)) throw busy();
  return bytes;
}

/** Bad data is a plain Error in both runtimes; only Node gives this one a code. */
function isOutputLimit(error: unknown): boolean {
  return error instanceof RangeError;
}

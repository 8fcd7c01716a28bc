import { Buffer } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import type { Input } from '../model/input.ts';

/** Up to here a copy costs less than a hash object, which lives outside the heap until it is collected. */
const COPIED_BYTES = 16_384;
const scratch = Buffer.allocUnsafe(2 * COPIED_BYTES);

/** The first 128 bits of SHA-256 over provider, NUL, input, NUL and the inflated bytes: 32 lower-hex characters. */
export function bodyId(provider: string, input: Input, body: Uint8Array): string {
  const prefix = `${provider}\0${input}\0`;
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  const fits = body.length <= COPIED_BYTES && prefix.length * 3 <= COPIED_BYTES;
  return (fits ? digestOfCopy(prefix, body) : digest(prefix, body)).slice(0, 32);
}

function digest(prefix: string, body: Uint8Array): string {
  return createHash('sha256').update(prefix).update(body).digest('hex');
}

function digestOfCopy(prefix: string, body: Uint8Array): string {
  const at = scratch.write(prefix, 0);
  scratch.set(body, at);
  return hash('sha256', scratch.subarray(0, at + body.length), 'hex');
}

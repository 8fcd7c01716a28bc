import { createHash } from 'node:crypto';
import type { Input } from '../model/input.ts';

/** The first 128 bits of SHA-256 over provider, NUL, input, NUL and the inflated bytes: 32 lower-hex characters. */
export function bodyId(provider: string, input: Input, body: Uint8Array): string {
  return createHash('sha256')
    .update(`${provider}\0${input}\0`)
    .update(body)
    .digest('hex')
    .slice(0, 32);
}

import { createHash } from 'node:crypto';

/** SHA-256 of the bytes before them: what is damaged or cut short does not match. */
export function seal(body: Uint8Array): Uint8Array {
  return Buffer.concat([digest(body), body]);
}

/** The bytes that were sealed; null when they are not those. */
export function unseal(value: Uint8Array | null): Uint8Array | null {
  if (value === null || value.length <= DIGEST_BYTES) return null;
  const body = value.subarray(DIGEST_BYTES);
  return digest(body).equals(value.subarray(0, DIGEST_BYTES)) ? body : null;
}

const DIGEST_BYTES = 32;
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

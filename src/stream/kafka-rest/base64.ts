import { Buffer } from 'node:buffer';

/** Of text as UTF-8. */
export function base64(data: string | Uint8Array): string {
  if (typeof data === 'string') return Buffer.from(data).toString('base64');
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

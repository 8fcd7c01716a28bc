import { Buffer } from 'node:buffer';

/** gRPC codes (google/rpc/code.proto) of the HTTP statuses a door answers; 2 (UNKNOWN) for the rest. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};

export function rpcCode(status: number): number {
  return RPC_CODES[status] ?? 2;
}

/** google.rpc.Status: `1: int32 code`, `2: string message`. */
export function encodeStatus(code: number, message: string): Uint8Array {
  return Buffer.concat([varintField(1, code), stringField(2, message)]);
}

/**
 * ExportLogsServiceResponse: `1: ExportLogsPartialSuccess { 1: int64 rejected_log_records, 2: string
 * error_message }` (opentelemetry-proto `logs_service.proto`).
 */
export function encodePartialSuccess(rejected: number, message: string): Uint8Array {
  return lengthField(1, Buffer.concat([varintField(1, rejected), stringField(2, message)]));
}

function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([field << 3, ...varint(value)]);
}

function stringField(field: number, text: string): Uint8Array {
  return lengthField(field, new TextEncoder().encode(text));
}

function lengthField(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([(field << 3) | 2, ...varint(bytes.length)]), bytes]);
}

/** Of a non-negative integer below 2^53. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

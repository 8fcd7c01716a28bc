import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { encodePartialSuccess, encodeStatus, rpcCode } from '../../src/receive/rpc-status.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message Partial { int64 rejected_log_records = 1; string error_message = 2; }
  message Response { Partial partial_success = 1; }
`);

const decode = (type: string, bytes: Uint8Array) =>
  root.lookupType(type).toObject(root.lookupType(type).decode(bytes), { longs: Number });

test.each([
  [3, 'bad'],
  [14, 'the stream cannot be written now: '.repeat(20)],
  [8, 'zu groß · 太大'],
])('an independent protobuf reads the status %i', (code, message) => {
  expect(decode('Status', encodeStatus(code, message))).toEqual({ code, message });
});

test.each([1, 127, 128, 50_000, 2 ** 40])('an independent protobuf reads %i rejected', (count) => {
  expect(decode('Response', encodePartialSuccess(count, 'why'))).toEqual({
    partialSuccess: { rejectedLogRecords: count, errorMessage: 'why' },
  });
});

test('an HTTP status that no code stands for is UNKNOWN', () => {
  expect([rpcCode(400), rpcCode(503), rpcCode(418)]).toEqual([3, 14, 2]);
});

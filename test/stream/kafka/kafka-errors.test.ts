import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { StreamUnavailable, StreamUnusable } from '../../../src/stream/errors.ts';
import {
  isMismatch,
  isNotWritten,
  isPassing,
  portError,
} from '../../../src/stream/kafka/kafka-errors.ts';

const require = createRequire(import.meta.url);
const errors = require('kafkajs/src/errors');
const { createErrorFromCode } = require('kafkajs/src/protocol/error');
const NOT_ENOUGH_REPLICAS = 19;
const NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20;
const NOT_LEADER = 6;
const OUT_OF_ORDER = 45;
const ILLEGAL_SASL_STATE = 34;

const connectionError = (code?: string) => new errors.KafkaJSConnectionError('no', { code });
const refused = (why: string) =>
  new errors.KafkaJSSASLAuthenticationError(`SASL PLAIN authentication failed: ${why}`);

test('what was never sent is certainly not written', () => {
  expect(isNotWritten(connectionError())).toBe(true);
  expect(isNotWritten(connectionError('ECONNREFUSED'))).toBe(true);
  expect(isNotWritten(new errors.KafkaJSBrokerNotFound('no such broker'))).toBe(true);
});

test('what was under way on a connection that ended may be written', () => {
  expect(isNotWritten(connectionError('ECONNRESET'))).toBe(false);
  expect(isNotWritten(connectionError('ETIMEDOUT'))).toBe(false);
  expect(isNotWritten(new errors.KafkaJSConnectionClosedError('closed', {}))).toBe(false);
  expect(isNotWritten(new errors.KafkaJSRequestTimeoutError('timed out'))).toBe(false);
});

test('a broker that refuses to write says so; one that stops leading may have written', () => {
  expect(isNotWritten(createErrorFromCode(NOT_ENOUGH_REPLICAS))).toBe(true);
  expect(isNotWritten(createErrorFromCode(OUT_OF_ORDER))).toBe(true);
  expect(isNotWritten(createErrorFromCode(NOT_ENOUGH_REPLICAS_AFTER_APPEND))).toBe(false);
  expect(isNotWritten(createErrorFromCode(NOT_LEADER))).toBe(false);
});

test('a broker that dies while a client says who it is has not refused the client', () => {
  for (const why of [
    'Closed connection',
    'Connection error: read ECONNRESET',
    'Not connected',
    'Request SaslAuthenticate(key: 36, version: 1) timed out',
  ]) {
    expect(isPassing(refused(why)), why).toBe(true);
    expect(portError('it cannot be read', refused(why))).toBeInstanceOf(StreamUnavailable);
  }
});

test('a start does not wait for what is configured otherwise here and there', () => {
  expect(isMismatch(createErrorFromCode(ILLEGAL_SASL_STATE))).toBe(true);
  expect(isMismatch(connectionError('DEPTH_ZERO_SELF_SIGNED_CERT'))).toBe(true);
  expect(isMismatch(connectionError('ECONNREFUSED'))).toBe(false);
  expect(isMismatch(new errors.KafkaJSConnectionClosedError('closed', {}))).toBe(false);
});

test('a client that is refused is refused for good', () => {
  for (const why of [
    'Authentication failed: Invalid username or password',
    'Invalid server signature in server final message',
  ]) {
    expect(isPassing(refused(why)), why).toBe(false);
    expect(portError('it cannot be read', refused(why))).toBeInstanceOf(StreamUnusable);
  }
});

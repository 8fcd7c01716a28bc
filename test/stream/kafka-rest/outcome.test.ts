import { expect, test } from 'vitest';
import { outcomeOfCode, outcomeOfStatus } from '../../../src/stream/kafka-rest/outcome.ts';

const again = (inDoubt: boolean) => ({ kind: 'again', inDoubt });

test.each([
  [200, again(true)],
  [302, { kind: 'unusable' }],
  [400, { kind: 'unusable' }],
  [401, { kind: 'unusable' }],
  [403, { kind: 'unusable' }],
  [404, { kind: 'unusable' }],
  [408, again(true)],
  [413, { kind: 'too-large' }],
  [422, { kind: 'unusable' }],
  [429, again(false)],
  // Only of a record the text decides: this is about the request.
  [431, { kind: 'unusable' }],
  [500, again(true)],
  [503, again(true)],
])('status %s of the whole', (status, expected) => {
  expect(outcomeOfStatus(status, 'Header Fields Too Large')).toMatchObject(expected);
});

test.each([
  [40_101, 'no key', { kind: 'unusable' }],
  [40_301, 'not authorised', { kind: 'unusable' }],
  [40_403, 'This server does not host this topic-partition.', { kind: 'unusable' }],
  [40_406, 'Leader not available', again(true)],
  [429, 'rate limit', again(false)],
  [42_902, 'rate limit', again(false)],
  [50_002, 'Kafka error', again(true)],
  [50_002, 'The message is 9 bytes when serialized which is larger than 8', { kind: 'too-large' }],
  [50_003, 'retriable', again(true)],
  // Karapace
  [1, 'timed out waiting to publish message', again(true)],
  [1, 'Broker: Message size too large', { kind: 'too-large' }],
  [2, 'NOT_LEADER_FOR_PARTITION', again(true)],
  // Redpanda: https://kafka.apache.org/protocol#protocol_error_codes
  [3, 'without a text', { kind: 'unusable' }],
  [5, 'without a text', again(true)],
  [6, 'without a text', again(true)],
  [10, 'without a text', { kind: 'too-large' }],
  [19, 'without a text', again(true)],
  [29, 'without a text', { kind: 'unusable' }],
])('code %s of a record: %s', (code, text, expected) => {
  expect(outcomeOfCode(code, text)).toMatchObject(expected);
});

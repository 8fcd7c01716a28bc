import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DeadLetterSample,
  decodeDeadLetter,
  encodeDeadLetter,
} from '../../src/model/dead-letter.ts';
import {
  addressOf,
  begunKey,
  decodeNotification,
  encodeBegun,
  encodeTold,
  notificationKey,
  type Told,
} from '../../src/model/notification.ts';

const TOLD: Told = {
  receiver: 'slack',
  alertKey: 'breaker_open/reviews.shop/inferred',
  status: 'firing',
  sequence: [101, 1],
  startsAt: 1_767_323_045_678,
  sentAt: 1_767_323_048_000,
  attempts: 2,
  reason: 'first_notification',
};
const SAMPLE: DeadLetterSample = {
  reason: 'wrong_field_count',
  provider: 'mesh-a',
  input: 'access_logs',
  sample: 'GET /\u{FFFD}',
  receivedAt: 1_767_323_045_678,
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('what was told, and what is being told, are read as they were written', () => {
  expect(decodeNotification(encodeTold(TOLD))).toEqual(TOLD);
  const { receiver, alertKey, startsAt } = TOLD;
  const begun = { begun: true, receiver, alertKey, startsAt };
  expect(decodeNotification(encodeBegun(TOLD))).toEqual(begun);
  expect(decodeDeadLetter(encodeDeadLetter(SAMPLE))).toEqual(SAMPLE);
});

test('fields and reasons of a newer version do no harm', () => {
  const newer = { ...TOLD, reason: 'reminded', channel: '#oncall' };
  expect(decodeNotification(bytes(newer))).toEqual({ ...TOLD, reason: 'reminded' });
  expect(decodeDeadLetter(bytes({ ...SAMPLE, reason: 'invented', more: 1 }))).toEqual({
    ...SAMPLE,
    reason: 'invented',
  });
});

test.each(Object.keys(TOLD))('nothing was told without %s, or with an odd one', (field) => {
  for (const odd of [undefined, null, {}, [1, '2'], Number.MAX_VALUE, '']) {
    const read = decodeNotification(bytes({ ...TOLD, [field]: odd }));
    const allowed = odd === '' && (field === 'receiver' || field === 'reason');
    const counted = odd === Number.MAX_VALUE && field === 'attempts';
    if (!allowed && !counted) expect([odd, read]).toEqual([odd, null]);
  }
});

test.each(Object.keys(SAMPLE))('there is no sample without %s, or with an odd one', (field) => {
  for (const odd of [undefined, null, [], Number.MAX_VALUE]) {
    expect(decodeDeadLetter(bytes({ ...SAMPLE, [field]: odd }))).toBe(null);
  }
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (value) => {
      expect(decodeNotification(value)).toBe(null);
      expect(decodeDeadLetter(value)).toBe(null);
    }),
  );
  expect(decodeNotification(null)).toBe(null);
  expect(decodeDeadLetter(Uint8Array.of(0x22, 0xff, 0x22))).toBe(null);
});

test('a key says whose it is, whatever the name of the service', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.-]{1,64}$/), fc.string(), (receiver, service) => {
      const told = { receiver, alertKey: `breaker_open/${service}/inferred` };
      expect(addressOf(notificationKey(told))).toEqual(told);
      expect(addressOf(begunKey(told))).toBe(null);
    }),
  );
});

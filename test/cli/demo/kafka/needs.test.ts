import { expect, test } from 'vitest';
import { type Found, javaVersion, judge } from '../../../../src/cli/demo/kafka/needs.ts';

const all: Found = { java: 17, launcher: '/some/kafka', maven: true, windows: false };

test('runs an installed Kafka on Java 17 or newer, without Maven too', () => {
  for (const java of [17, 21, 25]) {
    const verdict = judge({ ...all, java, maven: false });
    expect(verdict).toEqual({ kind: 'ready', launcher: '/some/kafka' });
  }
});

test('installs Kafka where Maven and Java are there', () => {
  expect(judge({ ...all, launcher: null })).toEqual({ kind: 'install' });
});

test.each<[Partial<Found>, RegExp]>([
  [{ java: null }, /needs Java 17 or newer, and no java runs here; install it \(.*apt-get/],
  [{ java: 11 }, /needs Java 17 or newer, and java here is 11; install it/],
  [{ java: 16, launcher: null }, /java here is 16/],
  [{ launcher: null, maven: false }, /needs Apache Kafka, .*; install it \(.*maven/],
  [{ windows: true }, /runs on Linux and macOS only/],
])(
  'says in one line what is missing of %o, and that the other demo needs none of it',
  (lacks, says) => {
    const verdict = judge({ ...all, ...lacks });
    expect(verdict).toEqual({ kind: 'missing', what: expect.stringMatching(says) });
    expect((verdict as { what: string }).what).toMatch(/^[^\n]*npm run demo needs none of this\.$/);
  },
);

test.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
  ['openjdk version "25" 2025-09-16', 25],
  ['java version "1.8.0_292"', 8],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', null],
  [null, null],
])('reads of %j that this is Java %j', (said, version) => {
  expect(javaVersion(said)).toBe(version);
});

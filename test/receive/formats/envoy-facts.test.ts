import { expect, it } from 'vitest';
import { FLAG, UNKNOWN_FLAG } from '../../../src/model/response-flags.ts';
import { flagsOf, hostOf, requestIdOf } from '../../../src/receive/formats/envoy-facts.ts';

it.each([
  ['10.0.0.1:80', '10.0.0.1:80'],
  ['[fd00::1]:80', '[fd00::1]:80'],
  ['[::ffff:10.0.0.1]:80', '[::ffff:10.0.0.1]:80'],
  ['tcp://10.0.0.1:80', '10.0.0.1:80'],
  ['envoy://connect_originate/10.0.0.1:80', '10.0.0.1:80'],
  ['10.0.0.1', null],
  ['reviews:9080', null],
  ['10.0.0.1:800000', null],
  ['1.1.1.1.1:80', null],
  [`envoy://${'/'.repeat(250)}10.0.0.1:80`, null],
  ['', null],
  [undefined, null],
])('the upstream address %s is the host %s', (address, host) => {
  expect(hostOf(address)).toBe(host);
});

it('keeps a request id of 128 characters and drops a longer one, so that no two become one', () => {
  expect(requestIdOf('x'.repeat(128))).toBe('x'.repeat(128));
  expect(requestIdOf('x'.repeat(129))).toBeNull();
  expect(requestIdOf('')).toBeNull();
  expect(requestIdOf(undefined)).toBeNull();
});

it('reads flags as far as all that there are could reach', () => {
  expect(flagsOf('UF,URX')).toBe(FLAG.UF | FLAG.URX);
  expect(flagsOf(`${'-,'.repeat(200)}UO`) & FLAG.UO).toBe(0);
  expect(flagsOf('custom')).toBe(UNKNOWN_FLAG);
  expect(flagsOf(undefined)).toBe(0);
});

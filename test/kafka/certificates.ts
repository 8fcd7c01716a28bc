import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, bytes, integer, objectId, sequence, set, tagged, time, truth, utf8 } from './der.ts';

/** PEM texts; the key is PKCS#8. */
export interface Identity {
  certificate: string;
  key: string;
}

/** Node makes keys and signatures but no certificates, and not every machine has openssl. */
export interface Authority extends Identity {
  /** For a server on this machine, or for a client of that name. */
  issue(name: string): Identity;
}

const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const ALTERNATIVE_NAMES = '2.5.29.17';
const DAY_MS = 86_400_000;

export function certificateAuthority(name: string): Authority {
  const { publicKey, privateKey } = newKeys();
  const isAuthority = sequence(objectId(BASIC_CONSTRAINTS), truth, bytes(sequence(truth)));
  const own = { issuer: name, signer: privateKey, subject: name, publicKey };
  return {
    certificate: certificate({ ...own, extension: isAuthority }),
    key: pem(privateKey),
    issue(subject) {
      const keys = newKeys();
      const names = sequence(
        tagged(0x82, Buffer.from('localhost')),
        tagged(0x87, Buffer.from([127, 0, 0, 1])),
      );
      const extension = sequence(objectId(ALTERNATIVE_NAMES), bytes(names));
      const { publicKey: theirs } = keys;
      return {
        certificate: certificate({ ...own, subject, publicKey: theirs, extension }),
        key: pem(keys.privateKey),
      };
    },
  };
}

interface Subject {
  issuer: string;
  signer: KeyObject;
  subject: string;
  publicKey: Buffer;
  extension: Buffer;
}

/** RFC 5280, section 4.1. */
function certificate({ issuer, signer, subject, publicKey, extension }: Subject): string {
  const now = Date.now();
  const signed = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.from([1, ...randomBytes(15)])),
    ECDSA_WITH_SHA256,
    named(issuer),
    sequence(time(now - DAY_MS), time(now + 30 * DAY_MS)),
    named(subject),
    publicKey,
    tagged(0xa3, sequence(extension)),
  );
  const der = sequence(signed, ECDSA_WITH_SHA256, bits(sign('sha256', signed, signer)));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function named(name: string): Buffer {
  return sequence(set(sequence(objectId(COMMON_NAME), utf8(name))));
}

function newKeys(): { publicKey: Buffer; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), privateKey };
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

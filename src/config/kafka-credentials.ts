import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KafkaSasl, KafkaTls } from '../stream/kafka/options.ts';
import type { Problem } from './problems.ts';
import type { FileConfig } from './schema.ts';
import type { Env } from './secrets.ts';

export interface KafkaCredentials {
  tls: KafkaTls | null;
  sasl: KafkaSasl | null;
  problems: Problem[];
}

type Section<T extends 'tls' | 'sasl'> = FileConfig['stream']['kafka'][T];

/** Password from the environment, keys from files. No message ever repeats one. */
export function readKafkaCredentials(file: FileConfig, env: Env, cwd: string): KafkaCredentials {
  const { kind, kafka } = file.stream;
  if (kind !== 'kafka') return { tls: null, sasl: null, problems: [] };
  const problems: Problem[] = [];
  const tls = readTls(kafka.tls, cwd, (name, text) =>
    problems.push({ path: ['stream', 'kafka', 'tls', name], text }),
  );
  const sasl = readSasl(kafka.sasl, env, (name, text) =>
    problems.push({ path: ['stream', 'kafka', 'sasl', name], text }),
  );
  return { tls, sasl, problems };
}

type Complain = (name: string, text: string) => void;

function readTls(tls: Section<'tls'>, cwd: string, complain: Complain): KafkaTls | null {
  const files = (['ca', 'cert', 'key'] as const).filter((name) => tls[name] !== undefined);
  if (!tls.enabled) {
    if (files.length > 0) complain('enabled', `is false, but ${files.join(', ')} is set`);
    return null;
  }
  const read = (name: 'ca' | 'cert' | 'key', isWhatItShouldBe: (pem: string) => unknown) => {
    const path = tls[name];
    if (path === undefined) return null;
    try {
      const pem = readFileSync(resolve(cwd, path), 'utf8');
      if (isWhatItShouldBe(pem)) return pem;
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (syscall !== undefined) {
        complain(name, `${path} cannot be read (${code})`);
        return null;
      }
    }
    complain(name, `${path} holds something else; allowed: ${HOLDS[name]}`);
    return null;
  };
  const ca = read('ca', certificatesOf);
  const cert = read('cert', certificatesOf);
  const key = read('key', createPrivateKey);
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const missing = tls.cert === undefined ? 'cert' : 'key';
    complain(missing, 'is missing; allowed: cert and key together, or neither');
  }
  if (cert === null || key === null) return { ca, certificate: null };
  if (!isKeyOf(createPrivateKey(key), cert)) complain('key', 'is not the key of cert');
  return { ca, certificate: { cert, key } };
}

const HOLDS = {
  ca: 'certificates in PEM',
  cert: 'a certificate in PEM, with those between it and the root after it',
  key: 'a private key in PEM without passphrase',
} as const;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws where one cannot be parsed; null where there is none. */
function certificatesOf(pem: string): X509Certificate[] | null {
  return pem.match(CERTIFICATE)?.map((text) => new X509Certificate(text)) ?? null;
}

function isKeyOf(key: KeyObject, cert: string): boolean {
  return certificatesOf(cert)?.[0]?.checkPrivateKey(key) ?? false;
}

function readSasl(sasl: Section<'sasl'>, env: Env, complain: Complain): KafkaSasl | null {
  const { mechanism, username, password_env: variable } = sasl;
  if (mechanism === 'off') {
    if (username !== undefined) complain('mechanism', 'is off, but username is set');
    return null;
  }
  const password = env[variable];
  if (username === undefined) complain('username', `is missing; ${mechanism} needs one`);
  if (password === undefined || password === '') {
    complain('password_env', `the environment variable ${variable} is not set`);
  } else if (/\p{Cc}/u.test(password)) {
    const text = `${variable} holds a line break or another control character; allowed: the password alone`;
    complain('password_env', text);
  }
  return { mechanism, username: username ?? '', password: password ?? '' };
}

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateAuthority, type Identity } from './certificates.ts';

/** Listeners beside the open one, and what each speaks. MTLS wants a certificate from its clients. */
export const SECURE = {
  SASL_PLAINTEXT: 'SASL_PLAINTEXT',
  SASL_SSL: 'SASL_SSL',
  SSL: 'SSL',
  MTLS: 'SSL',
} as const;

export type SecureListener = keyof typeof SECURE;

export interface User {
  username: string;
  password: string;
}

/** What a client needs to get in. */
export interface Keys {
  /** The authority that the nodes' certificates are of. */
  ca: string;
  /** A certificate that MTLS takes. */
  client: Identity;
  plain: User;
  /** By SCRAM-SHA-256 and by SCRAM-SHA-512. */
  scram: User;
}

export interface Security {
  keys: Keys;
  /** Of the nodes. */
  server: Identity;
}

export function newSecurity(): Security {
  const authority = certificateAuthority('Meshpulse tests');
  return {
    keys: {
      ca: authority.certificate,
      client: authority.issue('meshpulse'),
      plain: newUser('plain-user'),
      scram: newUser('scram-user'),
    },
    server: authority.issue('kafka'),
  };
}

/** Writes the files of one node and returns the settings that name them. */
export async function secure(
  { keys, server }: Security,
  folder: string,
): Promise<Record<string, string>> {
  const identity = join(folder, 'server.pem');
  const trusted = join(folder, 'ca.pem');
  await writeFile(identity, server.key + server.certificate);
  await writeFile(trusted, keys.ca);
  const { username, password } = keys.plain;
  const modules = 'org.apache.kafka.common.security';
  const plain = `${modules}.plain.PlainLoginModule required user_${username}="${password}";`;
  const scram = `${modules}.scram.ScramLoginModule required;`;
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...Object.fromEntries(
      ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
        [`listener.name.${listener}.plain.sasl.jaas.config`, plain],
        [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, scram],
        [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, scram],
      ]),
    ),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': identity,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trusted,
    'listener.name.mtls.ssl.client.auth': 'required',
  };
}

/** As Kafka's storage tool takes them. */
export function scramUsers({ scram }: Keys): string[] {
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
    (mechanism) => `${mechanism}=[name=${scram.username},password=${scram.password}]`,
  );
}

function newUser(username: string): User {
  return { username, password: randomBytes(12).toString('hex') };
}

import { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';

export type Scope = 'ingest' | 'query' | 'admin';

/** A token as configured: in plain, or as the SHA-256 of its UTF-8 bytes in 64 hex characters. */
export type TokenEntry = Principal & ({ readonly token: string } | { readonly sha256: string });

/** Who a token stands for. */
export interface Principal {
  /** The name in counters and on the stream. */
  readonly provider: string;
  readonly scopes: readonly Scope[];
  /** Mesh cluster of what it sends, where a record names none. */
  readonly cluster?: string | undefined;
}

/** Everyone, where no tokens are configured. */
export const ANONYMOUS: Principal = { provider: 'anonymous', scopes: ['ingest', 'query', 'admin'] };

/** Knows tokens by their digest only. Throws on an entry that could never match, or twice the same token. */
export class TokenTable {
  readonly #entries: readonly { digest: Buffer; principal: Principal }[];

  constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries.map((entry, index) => ({
      digest: digestOf(entry, index),
      principal: principalOf(entry),
    }));
    const digests = new Set(this.#entries.map(({ digest }) => digest.toString('hex')));
    if (digests.size < entries.length) throw new Error('two token entries hold the same token');
  }

  /** No tokens are configured: everyone is {@link ANONYMOUS}. */
  get open(): boolean {
    return this.#entries.length === 0;
  }

  /** Null for a token that is not in the table, and for none where one is needed. */
  authenticate(presented: string | null): Principal | null {
    if (this.open) return ANONYMOUS;
    if (presented === null) return null;
    const digest = sha256(presented);
    let found: Principal | null = null;
    // Every entry is compared, whatever matched before it: the time must not tell where in the table a token is.
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.principal;
    }
    return found;
  }
}

/** Without the secret. */
function principalOf({ provider, scopes, cluster }: TokenEntry): Principal {
  return cluster === undefined ? { provider, scopes } : { provider, scopes, cluster };
}

function digestOf(entry: TokenEntry, index: number): Buffer {
  if ('token' in entry) {
    if (entry.token === '')
      throw new Error(`token ${index} of provider ${entry.provider} is empty`);
    return sha256(entry.token);
  }
  if (!/^[0-9a-fA-F]{64}$/.test(entry.sha256)) {
    throw new Error(`sha256 ${index} of provider ${entry.provider} is not 64 hex characters`);
  }
  return Buffer.from(entry.sha256, 'hex');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

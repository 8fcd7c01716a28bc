import { BINS, type Bin } from '../../src/model/outcome.ts';
import { parseExposition } from '../api/exposition-parser.ts';

export interface Post {
  path: string;
  /** Absent: no header. */
  type?: string;
  body: string | Uint8Array;
  provider?: string;
  headers?: Record<string, string>;
}

/** Where the records of one provider and input ended, as `/metrics` says. */
export interface Account extends Record<Bin, number> {
  received: number;
  /** Of `excluded` and `dead_lettered`. */
  reasons: { excluded: Record<string, number>; dead_lettered: Record<string, number> };
}

/** What senders and readers do over HTTP. */
export class Client {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async post({ path, type, body, provider, headers }: Post): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(provider === undefined ? {} : { authorization: `Bearer ${tokenOf(provider)}` }),
        ...headers,
      },
      body: body as BodyInit,
    });
    return response;
  }

  async ask(path: string): Promise<Response> {
    const authorization = `Bearer ${tokenOf('reader')}`;
    return fetch(`${this.url}${path}`, { headers: { authorization } });
  }

  async get<T>(path: string): Promise<T> {
    const response = await this.ask(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Samples of a family, by the values of its labels joined with `/`. */
  async samples(family: string): Promise<Map<string, number>> {
    const { samples } = parseExposition(await (await this.ask('/metrics')).text());
    const found = samples.get(family) ?? [];
    return new Map(
      found.map(({ labels, value }) => [Object.values(labels).join('/'), value] as const),
    );
  }

  /** By `provider/input`. */
  async accounts(): Promise<Map<string, Account>> {
    const { samples } = parseExposition(await (await this.ask('/metrics')).text());
    const accounts = new Map<string, Account>();
    const each = (
      family: string,
      put: (account: Account, value: number, reason: string) => void,
    ) => {
      for (const { labels, value } of samples.get(family) ?? []) {
        const key = `${labels.provider}/${labels.input}`;
        const account = accounts.get(key) ?? newAccount();
        accounts.set(key, account);
        put(account, value, labels.reason ?? '');
      }
    };
    each('meshpulse_events_received_total', (account, value) => {
      account.received = value;
    });
    for (const bin of BINS) {
      each(`meshpulse_events_${bin}_total`, (account, value) => {
        account[bin] = value;
      });
    }
    for (const bin of ['excluded', 'dead_lettered'] as const) {
      each(`meshpulse_events_${bin}_by_reason_total`, (account, value, reason) => {
        account.reasons[bin][reason] = value;
      });
    }
    return accounts;
  }
}

export function newAccount(): Account {
  return {
    received: 0,
    counted: 0,
    excluded: 0,
    duplicate: 0,
    late: 0,
    dead_lettered: 0,
    reasons: { excluded: {}, dead_lettered: {} },
  };
}

/** What the identity says `received` must be. */
export function sumOfBins(account: Account): number {
  return BINS.reduce((sum, bin) => sum + account[bin], 0);
}

export function tokenOf(provider: string): string {
  return `a-token-that-is-long-enough-for-${provider}`;
}

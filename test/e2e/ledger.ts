import { type Account, type Client, type Post, sumOfBins } from './client.ts';

/** What senders count for themselves: records in bodies that were answered with 2xx. */
export class Ledger {
  readonly acknowledged = new Map<string, number>();
  /** Records in bodies that were begun to be sent, whatever became of them. */
  readonly begun = new Map<string, number>();

  /** Posts and counts; throws when it is refused. Returns the answer's body. */
  async send(client: Client, { post, records }: Counted): Promise<string> {
    add(this.begun, post.provider, records);
    const response = await client.post(post);
    const text = await response.text();
    if (!response.ok) throw new Error(`${post.path} answered ${response.status}: ${text}`);
    add(this.acknowledged, post.provider, records);
    return text;
  }
}

export interface Counted {
  post: Post & { provider: string };
  records: number;
}

export function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** `received` by provider, over its inputs. */
export function receivedOf(accounts: ReadonlyMap<string, Account>): Map<string, number> {
  const received = new Map<string, number>();
  for (const [key, account] of accounts) add(received, key.split('/')[0]!, account.received);
  return received;
}

/**
 * Asks for the accounts until told to stop, and checks each answer: every record in one bin, nothing ever less, and
 * never more than was sent. Returns how many answers it checked.
 */
export async function watchAccounts(
  client: Client,
  ledger: Ledger,
  stopped: () => boolean,
): Promise<number> {
  const before = new Map<string, number>();
  let checked = 0;
  while (!stopped()) {
    const accounts = await client.accounts();
    for (const [key, account] of accounts) {
      if (account.received !== sumOfBins(account)) {
        throw new Error(`${key}: ${JSON.stringify(account)} does not add up`);
      }
    }
    for (const [provider, count] of receivedOf(accounts)) {
      const least = before.get(provider) ?? 0;
      const most = ledger.begun.get(provider) ?? 0;
      if (count < least || count > most) {
        throw new Error(`${provider}: ${count} received, it was ${least} and ${most} were sent`);
      }
      before.set(provider, count);
    }
    checked += 1;
    // Room for those it watches.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return checked;
}

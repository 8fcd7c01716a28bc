import { polled } from './polled.ts';

export interface Accounts {
  /** Records that the senders were told are kept. */
  acknowledged: number;
  /** Records that the aggregate has taken up, each time it did. */
  received: number;
}

/** Waits until nothing is on its way any more; the senders pause meanwhile. @throws when it stays so for long */
export async function settledAccounts(
  { url, acknowledged }: { url: string; acknowledged: number },
  signal: AbortSignal,
): Promise<Accounts> {
  const read = async () => ({
    acknowledged,
    received: total(await metrics(url, signal), 'meshpulse_events_received_total'),
  });
  const enough = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  let accounts = await read();
  await polled(async () => {
    accounts = await read();
    return accounts.received >= accounts.acknowledged;
  }, enough).catch((error) => {
    if (signal.aborted) throw error;
  });
  return accounts;
}

const PATIENCE_MS = 60_000;

export function verdict({ acknowledged, received }: Accounts): string {
  const counts = `${number(acknowledged)} records were acknowledged, ${number(received)} are counted`;
  if (received < acknowledged) throw new Error(`${counts}: some were lost`);
  if (received > acknowledged) throw new Error(`${counts}: some twice`);
  return `${counts}: none lost, none twice.`;
}

/** Sum of the samples of that name, in Prometheus' text format. */
export function total(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

async function metrics(url: string, signal: AbortSignal): Promise<string> {
  return await (await fetch(`${url}/metrics`, { signal })).text();
}

const number = (value: number) => value.toLocaleString('en').replaceAll(',', ' ');

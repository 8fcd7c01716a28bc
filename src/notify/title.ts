import type { Alert } from '../model/alert.ts';

/** A title in parts, so that a receiver can cut the names and keep the rest. Colour never stands alone. */
export interface Title {
  symbol: '🔴' | '🟢';
  words: string;
  /** Services in order of change, each once. */
  services: string[];
}

export function titleOf(alerts: readonly Alert[]): Title {
  const open = alerts.filter(({ status }) => status === 'firing').length;
  const closed = alerts.length - open;
  return {
    symbol: open > 0 ? '🔴' : '🟢',
    words: [breakers(open, 'open'), breakers(closed, 'closed')].filter(Boolean).join(', '),
    services: [...new Set(alerts.map(({ service }) => service))],
  };
}

function breakers(n: number, state: string): string {
  if (n === 0) return '';
  return n === 1 ? `Breaker ${state}` : `${n} breakers ${state}`;
}

import type { Alert } from '../model/alert.ts';
import { titleName } from './wording.ts';

/** A title in parts, so that a receiver can cut the names and keep the rest. Colour never stands alone. */
export interface Title {
  symbol: '🔴' | '🟢';
  words: string;
  /** Services in order of change, each once. */
  services: string[];
}

export function titleOf(alerts: readonly Alert[]): Title {
  const open = alerts.filter(({ status }) => status === 'firing').length;
  return {
    symbol: open > 0 ? '🔴' : '🟢',
    words: wordsOf(open, alerts.length - open),
    services: [...new Set(alerts.map(({ service }) => titleName(service)))],
  };
}

function wordsOf(open: number, closed: number): string {
  if (open > 0 && closed > 0) return `${breakers(open)} open, ${closed} closed`;
  const count = open + closed;
  return `${count === 1 ? 'Breaker' : breakers(count)} ${open > 0 ? 'open' : 'closed'}`;
}

function breakers(n: number): string {
  return `${n} breaker${n === 1 ? '' : 's'}`;
}

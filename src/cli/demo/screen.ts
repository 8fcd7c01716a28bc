import pc from 'picocolors';
import type { SlackMessage } from '../../notify/slack/message.ts';
import { renderSlackText } from '../../notify/slack/text.ts';

export interface DemoRow {
  service: string | null;
  success_rate: number | null;
  p99_latency: number | null;
  circuit_breaker_health: string | null;
  requests_per_second: number;
}

/** The services as the demo shows them, a line each, at most 80 columns. */
export function table(rows: readonly DemoRow[], colors: boolean): string[] {
  return rows.map((row) => line(row, pc.createColors(colors)));
}

function line(row: DemoRow, color: ReturnType<typeof pc.createColors>): string {
  const rate = row.success_rate === null ? '–' : `${(row.success_rate * 100).toFixed(1)}%`;
  const p99 = row.p99_latency === null ? '–' : `${row.p99_latency.toFixed(0)}ms`;
  const state = row.circuit_breaker_health ?? '–';
  const paint = { OPEN: color.red, 'HALF-OPEN': color.yellow, CLOSED: color.green }[state];
  const name = (row.service ?? 'not known').replace(/\.bookshop$/, '').padStart(12);
  const figures = `SR=${rate.padEnd(7)} P99=${p99.padEnd(7)} CB=${(paint ?? String)(state.padEnd(10))}`;
  return `${color.bold(name)}  ${figures} ${color.dim(`${row.requests_per_second.toFixed(0)} req/s`)}`;
}

export function slackBox(message: SlackMessage, color: ReturnType<typeof pc.createColors>): string {
  const lines = renderSlackText(message).split('\n');
  const bar = color.magenta('│');
  return [
    `\n${color.magenta('┌─ to Slack')}`,
    ...lines.map((line) => `${bar} ${line}`),
    color.magenta('└─'),
  ].join('\n');
}

/**
 * A few lines that are drawn again in place on a terminal; elsewhere they are printed only when something else is
 * said, so that a log stays readable.
 */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #live: boolean;
  #lines: readonly string[] = [];

  constructor(write: (text: string) => void, live: boolean) {
    this.#write = write;
    this.#live = live;
  }

  /** Replaces the lines that are drawn in place. */
  draw(lines: readonly string[]): void {
    if (this.#live) {
      this.#erase();
      this.#write(lines.map((text) => `${text}\n`).join(''));
    }
    this.#lines = lines;
  }

  /** Prints text that stays, above the lines. */
  say(text: string): void {
    const lines = this.#lines;
    if (this.#live) this.#erase();
    this.#write(`${text}\n`);
    if (this.#live) this.draw(lines);
  }

  /** Prints the lines where they are not drawn in place. */
  snapshot(): void {
    if (!this.#live) this.#write(this.#lines.map((text) => `${text}\n`).join(''));
  }

  #erase(): void {
    if (this.#lines.length > 0) this.#write(`\x1b[${this.#lines.length}A\x1b[0J`);
    this.#lines = [];
  }
}

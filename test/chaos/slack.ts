import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SlackMessage } from '../../src/notify/slack/message.ts';
import type { Random } from '../random.ts';
import { between } from './world/weather.ts';

/** A message that arrived: people have read it, whether or not its sender ever heard so. */
export interface Arrival {
  /** ms since the epoch. */
  at: number;
  /** What its sender posted to. */
  path: string;
  message: SlackMessage;
  answered: boolean;
}

/**
 * Slack's end of an incoming webhook, which outlives the server: takes its time to answer, and now and then asks to
 * wait (429), which takes nothing.
 */
export class Slack {
  readonly arrivals: Arrival[] = [];
  refusals = 0;
  #refusing = false;
  readonly #random: Random;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      this.#take(request.url ?? '', Buffer.concat(chunks).toString(), response);
    });
  });
  #onArrival: (() => void) | null = null;
  #onAnswer: (() => void) | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/services/chaos`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Resolves when the next message is here and not yet answered. */
  nextArrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#onArrival = resolve;
    });
  }

  /** Resolves when the next answer has been handed to the system. */
  nextAnswer(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = resolve;
    });
  }

  #take(path: string, body: string, response: ServerResponse): void {
    // Never twice in a row: who asks for more patience than that may not be told in time at all.
    this.#refusing = !this.#refusing && this.#random.next() < 0.05;
    if (this.#refusing) {
      this.refusals++;
      response.writeHead(429, { 'retry-after': '1' }).end('rate_limited');
      return;
    }
    const arrival: Arrival = {
      at: Date.now(),
      path,
      message: JSON.parse(body) as SlackMessage,
      answered: false,
    };
    this.arrivals.push(arrival);
    response.on('finish', () => {
      arrival.answered = true;
      this.#onAnswer?.();
      this.#onAnswer = null;
    });
    const slow = this.#random.next() < 0.2;
    setTimeout(() => response.end('ok'), between(this.#random, 0, slow ? 300 : 20));
    this.#onArrival?.();
    this.#onArrival = null;
  }
}

import { cast } from '../../chaos/senders/cast.ts';
import { Journal } from '../../chaos/senders/journal.ts';
import { Sender } from '../../chaos/senders/sender.ts';
import { tokenOf } from '../../chaos/setting.ts';
import { Weather } from '../../chaos/world/weather.ts';
import { Random } from '../../random.ts';

export interface LoadOptions {
  seed: number;
  /** Records a second, all senders together. */
  rate: number;
  port: number;
}

/** The senders of the chaos runs, which keep their own counts, all to one receiver. */
export class Load {
  readonly journal = new Journal();
  readonly #finish = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #sending: Promise<unknown>;

  constructor({ seed, rate, port }: LoadOptions) {
    const senders = cast(seed, new Weather(seed, Date.now(), 600), rate);
    const sending = senders.map((sender, index) => {
      const context = {
        ports: [port],
        journal: this.journal,
        token: tokenOf,
        random: new Random(seed * 13 + index),
        onSending: () => {},
      };
      return new Sender(sender, context).run(this.#finish.signal, this.#giveUp.signal);
    });
    this.#sending = Promise.all(sending);
  }

  static get tokens(): Record<string, string> {
    const senders = cast(1, new Weather(1, 0, 1), 1);
    return Object.fromEntries(senders.map(({ provider }) => [provider, tokenOf(provider)]));
  }

  get acknowledged(): number {
    return this.journal.acknowledgedRecords;
  }

  /** Resolves when nothing is left that a sender would send again. */
  async finish(): Promise<void> {
    this.#finish.abort();
    const patience = setTimeout(() => this.#giveUp.abort(), 60_000);
    await this.#sending;
    clearTimeout(patience);
  }

  /** At once, whatever is left. */
  async end(): Promise<void> {
    this.#finish.abort();
    this.#giveUp.abort();
    await this.#sending;
  }
}

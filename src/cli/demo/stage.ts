import type { Config } from '../../config/config.ts';

/** A Meshpulse that runs for the demo. */
export interface Stage {
  /** Where the page and the API are, without a trailing slash. */
  url: string;
  /** Where senders post. */
  doors: string;
  /** Who may post, for the request that the viewer is invited to send. */
  tokens: Config['tokens'];
  /** Slack is the viewer's own, not the stand-in. */
  ownSlack: boolean;
  /** The processes it runs in; null: this one. */
  processes: Processes | null;
  stop(): Promise<void>;
}

export interface Processes {
  /** A line each. */
  lines(): string[];
  /** Kills the one that aggregates, without a warning to it, and starts another. Resolves once that one goes on. */
  replaceAggregate(say: (text: string) => void): Promise<void>;
  /** Stops Kafka for some seconds, in which the senders go on; null: its receiver would not take what they send. */
  outage: ((scene: Outage) => Promise<void>) | null;
}

export interface Outage {
  say(text: string): void;
  /** Records that the senders were told are kept, up to now. */
  acknowledged(): number;
  /** Gives up. */
  signal: AbortSignal;
}

export interface StageOptions {
  /** Temporary: everything is kept in it. */
  folder: string;
  /** As it was asked for; else the usual one, or a free one. */
  port: string | undefined;
  /** The stand-in's webhook. */
  slackUrl: string;
  onFailed(error: unknown): void;
  /** Tells the viewer. */
  say(text: string): void;
}

/** Of a breaker: seconds instead of half a minute. */
export const WAIT_SECONDS = 8;

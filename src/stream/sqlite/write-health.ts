import type { Log } from '../../telemetry/log.ts';
import { text } from './sqlite-errors.ts';

/** Says once that writing fails, and once that it works again: a full disk must not fill the log too. */
export class WriteHealth {
  readonly #log: Log;
  readonly #path: string;
  #failures = 0;
  #why: string | null = null;

  constructor(log: Log, path: string) {
    this.#log = log;
    this.#path = path;
  }

  /** Why the last write failed; null when it has not. */
  get why(): string | null {
    return this.#why;
  }

  failed(error: unknown): void {
    this.#failures++;
    // Shown to everybody who asks for readiness: without the path.
    this.#why = `cannot be written: ${text((error as Error).cause ?? error)}`;
    if (this.#failures > 1) return;
    this.#log.error('stream.write_failed', { path: this.#path, error: text(error) });
  }

  worked(): void {
    if (this.#failures === 0) return;
    this.#log.info('stream.write_recovered', { path: this.#path, failures: this.#failures });
    this.#failures = 0;
    this.#why = null;
  }
}

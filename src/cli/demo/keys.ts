import type { ReadStream } from 'node:tty';

/** Single key presses of a terminal; nothing where there is none. */
export class Keys {
  readonly #input: ReadStream;
  readonly #terminal: boolean;

  constructor(input: ReadStream, terminal: boolean) {
    this.#input = input;
    this.#terminal = terminal && input.isTTY;
    if (!this.#terminal) return;
    input.setRawMode(true);
    input.resume();
    // Raw mode hands Ctrl-C over as a key.
    input.on('data', (bytes) => {
      if (bytes.includes(3)) process.kill(process.pid, 'SIGINT');
    });
  }

  /** The next key, lower case; null when the signal comes first. */
  next(signal: AbortSignal): Promise<string | null> {
    return new Promise((resolve) => {
      const pressed = (bytes: Buffer) => done(bytes.toString().toLowerCase());
      const aborted = () => done(null);
      const done = (key: string | null) => {
        this.#input.off('data', pressed);
        signal.removeEventListener('abort', aborted);
        resolve(key);
      };
      if (signal.aborted) return resolve(null);
      signal.addEventListener('abort', aborted);
      if (this.#terminal) this.#input.on('data', pressed);
    });
  }

  close(): void {
    if (!this.#terminal) return;
    this.#input.setRawMode(false);
    this.#input.pause();
  }
}

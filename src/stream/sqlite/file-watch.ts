import { statSync } from 'node:fs';
import type { Log } from '../../telemetry/log.ts';
import { StreamUnavailable, StreamUnusable } from '../errors.ts';

/** Least time between two looks before commits: a look is a system call, and commits may be hundreds a second. */
const LOOK_EVERY_MS = 1000;

export interface FileWatchOptions {
  path: string;
  clock: () => number;
  log: Log;
  /** Told once, when the file is gone. */
  onGone: (error: StreamUnusable) => void;
}

/**
 * Sees that the open file is still the one at its path. SQLite goes on writing to a deleted file as if nothing had
 * happened (https://www.sqlite.org/howtocorrupt.html section 4.4), and what was answered 2xx ends with the process.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #opened: string | null;
  #lookedAt: number;
  #gone: StreamUnusable | null = null;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#opened = identity(options.path);
    this.#lookedAt = options.clock();
  }

  /** Whether the file is gone, as far as is known. */
  get gone(): boolean {
    return this.#gone !== null;
  }

  /** Before a commit. Looks once a second at most. @throws StreamUnavailable when the file is gone. */
  check(): void {
    // A clock that was set back must not stop the looking.
    if (Math.abs(this.#options.clock() - this.#lookedAt) >= LOOK_EVERY_MS) this.look();
    if (this.#gone !== null) throw new StreamUnavailable(this.#gone.message, { cause: this.#gone });
  }

  /** Looks now. */
  look(): void {
    const { path, clock, log, onGone } = this.#options;
    this.#lookedAt = clock();
    if (this.#gone !== null) return;
    const now = identity(path);
    // What cannot be told (EACCES on a folder, EIO) is for the write itself to say.
    if (now === this.#opened || now === null || this.#opened === null) return;
    const found = now === 'none' ? 'it was deleted or moved away' : 'another file is in its place';
    this.#gone = new StreamUnusable(
      `${path} is gone: ${found} while this process had it open. What was acknowledged and is only in it is lost ` +
        'with it. Start again, which makes an empty stream where there is none.',
    );
    log.error('stream.file_gone', { path, error: this.#gone.message });
    onGone(this.#gone);
  }
}

/** Device and inode of what is at the path, `none` when nothing is; null when that cannot be told. */
function identity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'none' : null;
  }
}

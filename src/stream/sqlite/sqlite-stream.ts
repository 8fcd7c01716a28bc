import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import { EmbeddedStream } from '../embedded/embedded-stream.ts';
import { GroupHold } from '../embedded/group-hold.ts';
import { type RetentionByTopic, retentionOf } from '../embedded/retention.ts';
import type { StreamUnusable } from '../errors.ts';
import type { StreamHealth } from '../health.ts';
import { makeFolder, openDatabase } from './database.ts';
import { FileWatch } from './file-watch.ts';
import { FolderLock } from './lock.ts';
import { text } from './sqlite-errors.ts';
import { SqliteStore } from './sqlite-store.ts';

const DEFAULT_WAITING_BYTES = 64 * 1024 * 1024;
const DEFAULT_SWEEP_MS = 10_000;
/** See RATIONALE.md: what one more append costs, against what a flush costs. */
const HOLD_MS = 2;
const LARGE_BYTES = 64 * 1024;

export interface SqliteStreamOptions {
  /** Data folder; made if missing; held by one process at a time. */
  folder: string;
  /** Milliseconds since the epoch; stamps append times. */
  clock: () => number;
  log: Log;
  /** By topic; the default where not given. */
  retention?: Partial<RetentionByTopic>;
  /** Default 64 MiB. */
  maxWaitingBytes?: number;
  /** Milliseconds between two looks for records that are no longer kept; default 10 s. */
  sweepEveryMs?: number;
  /** Waits before reading is tried again, until the signal is aborted at the latest; default: a timer. */
  sleep?: (ms: number, stopping: AbortSignal) => Promise<void>;
  /** The file was deleted while it was open: nothing can be appended any more. Told once. */
  onFailed?: (error: StreamUnusable) => void;
  /** For tests: sees the connection before it is used. */
  onOpen?: (database: DatabaseSync) => void;
}

/**
 * Both ports over one SQLite file, `stream.db` in the data folder: one partition per topic, one process.
 * Appends of one turn of the event loop are one transaction, and resolve when it is on the disk.
 */
export class SqliteStream extends EmbeddedStream {
  readonly #options: SqliteStreamOptions;
  readonly #store: SqliteStore;
  readonly #lock: FolderLock;
  readonly #sweeper: NodeJS.Timeout;
  #sweeping: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  /** @throws StreamUnusable when the folder is in use or not writable, or the file is damaged or of another version. */
  static async open(options: SqliteStreamOptions): Promise<SqliteStream> {
    const folder = resolve(options.folder);
    makeFolder(folder);
    const lock = new FolderLock(folder);
    try {
      const path = join(folder, 'stream.db');
      const { clock, log } = options;
      const retention = retentionOf(options.retention);
      const database = openDatabase(path, retention);
      options.onOpen?.(database);
      const onGone = (error: StreamUnusable) => options.onFailed?.(error);
      const file = new FileWatch({ path, clock, log, onGone });
      const store = new SqliteStore({ database, path, clock, log, retention, file });
      return new SqliteStream(store, lock, options);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(store: SqliteStore, lock: FolderLock, options: SqliteStreamOptions) {
    super(store, {
      maxWaitingBytes: options.maxWaitingBytes ?? DEFAULT_WAITING_BYTES,
      schedule: (flush) => setImmediate(flush),
      hold: new GroupHold({
        holdMs: HOLD_MS,
        largeBytes: LARGE_BYTES,
        now: () => performance.now(),
        wait: (ms, over) => setTimeout(over, ms),
      }),
      pause: () => new Promise((done) => setImmediate(done)),
      sleep: options.sleep ?? ((ms, signal) => sleep(ms, undefined, { signal })),
      log: options.log,
    });
    this.#options = options;
    this.#store = store;
    this.#lock = lock;
    this.#sweeper = setInterval(() => this.#sweep(), options.sweepEveryMs ?? DEFAULT_SWEEP_MS);
    this.#sweeper.unref();
    this.#sweep();
  }

  /** Whether it can be written, by its last write; seen again at every sweep and every append. */
  health(): StreamHealth {
    return this.#store.health();
  }

  override close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweeper);
    try {
      await super.close();
    } finally {
      this.#lock.release();
    }
  }

  #sweep(): void {
    this.#store.probe();
    if (this.#store.gone) return;
    this.#sweeping ??= this.retain()
      .catch((error: unknown) =>
        this.#options.log.warn('stream.retention_failed', { error: text(error) }),
      )
      .finally(() => {
        this.#sweeping = null;
      });
  }
}

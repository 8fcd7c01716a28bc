/** The stream cannot be written now. Retry later. */
export class StreamUnavailable extends Error {
  override readonly name: string = 'StreamUnavailable';
  /** True when the records may have been written all the same. */
  readonly inDoubt: boolean;

  constructor(message: string, options: { cause?: unknown; inDoubt?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.inDoubt = options.inDoubt ?? false;
  }
}

/** The partition belongs to another member of the group by now: who published for it is to let it go. */
export class PartitionLost extends StreamUnavailable {}

/** Too many bytes are waiting to be appended. Retry later. */
export class StreamFull extends Error {
  override readonly name = 'StreamFull';
}

/** Whoever sent it has sent more than it may for now. Retry later. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited';
}

/** A record larger than the stream takes. Permanent. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
}

/** The stream's files are in use by another process, damaged, or of another version. Permanent until someone acts. */
export class StreamUnusable extends Error {
  override readonly name = 'StreamUnusable';
}

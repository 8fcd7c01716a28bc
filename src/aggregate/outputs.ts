import type { Sequence } from '../model/breaker.ts';
import type { Message } from '../packed/message.ts';
import type { Output } from './output.ts';

/** Where a message stands in the stream. */
export interface At {
  offset: number;
  /** Append time, ms since the epoch. */
  time: number;
}

/** A record of `requests`, decoded. */
export interface Folded {
  at: At;
  message: Message;
}

/** What folding one record returns. (offset, index) numbers its outputs in the order they are made. */
export class Outputs {
  readonly list: Output[] = [];
  readonly #offset: number;

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** The sequence of the next output. */
  get sequence(): Sequence {
    return [this.#offset, this.list.length];
  }

  push(output: Output): void {
    this.list.push(output);
  }
}

import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 2_000;
const CLIENT = 'tests';

export interface Question {
  key: number;
  version: number;
  /** After the client's id; newer versions begin with the tagged fields of the header. */
  body: Buffer;
}

/** Asks one node on a connection of its own. What follows the answer's correlation id; null: no answer. */
export async function ask(port: number, question: Question): Promise<Reader | null> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
  socket.once('connect', () => socket.write(framed(question)));
  let answer = Buffer.alloc(0);
  try {
    for await (const part of socket) {
      answer = Buffer.concat([answer, part as Buffer]);
      if (answer.length >= 8 && answer.length >= 4 + answer.readInt32BE(0)) {
        return new Reader(answer.subarray(8));
      }
    }
    return null;
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

export const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
export const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value)]);
export const string = (text: string): Buffer =>
  Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);

/** Takes Kafka's primitive types off the front. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  int8(): number {
    this.#at += 1;
    return this.#bytes.readInt8(this.#at - 1);
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  /** Empty for null. */
  string(): string {
    const length = Math.max(this.int16(), 0);
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  array<T>(item: () => T): T[] {
    return Array.from({ length: this.int32() }, item);
  }
}

function framed({ key, version, body }: Question): Buffer {
  const correlationId = int32(1);
  const header = [int16(key), int16(version), correlationId, string(CLIENT)];
  const request = Buffer.concat([...header, body]);
  return Buffer.concat([int32(request.length), request]);
}

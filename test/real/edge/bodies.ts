import { type Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Posting {
  url: string;
  headers: Readonly<Record<string, string>>;
  agent?: Agent;
}

/** Sends the chunks, each when there is room for it, until it is answered; resolves to the status. */
export function postChunks(
  { url, headers, agent }: Posting,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const sending = request(url, { method: 'POST', headers, ...(agent && { agent }) });
    sending.on('response', (response) => {
      isAnswered = true;
      response.on('error', () => {});
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    // Who has answered may hang up before all of the body is there.
    sending.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    const gone = once(sending, 'close');
    const send = async () => {
      for await (const chunk of chunks) {
        if (isAnswered || sending.destroyed) break;
        const hasRoom = sending.write(chunk);
        if (!hasRoom) await Promise.race([once(sending, 'drain'), gone]);
      }
      sending.end();
    };
    send().catch(reject);
  });
}

const once = (emitter: NodeJS.EventEmitter, event: string) =>
  new Promise((resolve) => emitter.once(event, resolve));

/** Who refuses may have hung up before its answer is read: then a sender asks again. */
export async function untilAnswered(post: () => Promise<number>): Promise<number> {
  for (let left = 10; ; left--) {
    try {
      return await post();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (left === 0 || (code !== 'EPIPE' && code !== 'ECONNRESET')) throw error;
    }
  }
}

/** So many bytes, of which no line ends. */
export async function* junk(bytes: number, each = 64 * 1024) {
  const chunk = new Uint8Array(each).fill(0x61);
  for (let left = bytes; left > 0; left -= each) {
    yield chunk.subarray(0, Math.min(each, left));
    // Lets an answer be read.
    await sleep(1);
  }
}

/** A few bytes at a time. */
export async function* slowly(body: string, each: number, pauseMs: number) {
  const bytes = new TextEncoder().encode(body);
  for (let at = 0; at < bytes.length; at += each) {
    yield bytes.subarray(at, at + each);
    await sleep(pauseMs);
  }
}

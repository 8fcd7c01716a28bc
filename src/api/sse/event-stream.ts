import type { Timers } from '../../model/clock.ts';
import type { Views } from '../../views/views.ts';
import { frameOf } from './frames.ts';
import { Mailbox } from './mailbox.ts';

/** A comment so often keeps proxies from closing a quiet stream, and finds out clients that are gone. */
export const HEARTBEAT_MS = 15_000;
/** A stream ends after so long; the client comes back and gets a fresh snapshot, perhaps from another process. */
export const LIFETIME_MS = 300_000;
const MOST_WAITING = 1000;

export interface EventStreamOptions {
  views: Views;
  timers: Timers;
  maxWaiting?: number;
  /** So many letters were dropped because the client was too slow. */
  dropped(count: number): void;
  /** Called once, when the stream is over, whoever ended it. */
  closed(): void;
}

/** One client's stream. It makes a frame only when the client has taken the one before. */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { views, timers } = options;
  const mailbox = new Mailbox(options.maxWaiting ?? MOST_WAITING);
  const over = new AbortController();
  const encoder = new TextEncoder();

  // Whoever ends it, even if the client never reads again: nothing of it stays behind.
  const end = () => {
    mailbox.end();
    if (over.signal.aborted) return;
    over.abort();
    leave();
    options.closed();
  };
  const leave = views.subscribe({
    changed: (change) => {
      const dropped = mailbox.put(change);
      if (dropped > 0) options.dropped(dropped);
    },
    // Views that are closed already say so before `subscribe` has returned.
    closed: () => queueMicrotask(end),
  });
  const beat = async () => {
    for (let waited = HEARTBEAT_MS; waited < LIFETIME_MS; waited += HEARTBEAT_MS) {
      await timers.sleep(HEARTBEAT_MS, over.signal);
      if (over.signal.aborted) return;
      mailbox.heartbeat();
    }
    await timers.sleep(HEARTBEAT_MS, over.signal);
  };
  // A sleep that is cut short may reject: then the stream is over anyway.
  beat().then(end, end);

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const letter = await mailbox.next();
          const frame = frameOf(letter, views);
          if (frame !== null) return controller.enqueue(encoder.encode(frame));
          if (letter.kind === 'end') return controller.close();
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

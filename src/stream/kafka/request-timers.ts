// A file of its own: kafkajs does not export it. A bundler must find it, so it is no require at run time.
import original from 'kafkajs/src/network/requestQueue/index.js';

interface RequestQueue {
  enforceRequestTimeout: boolean;
  inflight: ReadonlyMap<number, SocketRequest>;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  pending: readonly unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

interface SocketRequest {
  sentAt: number;
  requestTimeout: number;
  timeoutRequest(): void;
}

const LEAST_MS = 10;
const LOOK_EVERY_MS = 1_000;

/** The class of kafkajs that queues requests of one connection; it is not exported. */
export const requestQueue = original as unknown as {
  prototype: RequestQueue & {
    scheduleCheckPendingRequests(): void;
    scheduleRequestTimeoutCheck(): void;
  };
};

/** As kafkajs has them. */
export const { scheduleCheckPendingRequests, scheduleRequestTimeoutCheck } = requestQueue.prototype;

/**
 * kafkajs 2.2.4 arms a timer in the past again and again, about 900 times a second for each connection, also when
 * nothing waits (tulios/kafkajs#1751). Only what waits needs one.
 */
export function quietRequestTimers(): void {
  requestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(this.throttledUntil - Date.now(), LEAST_MS),
    );
  };
  // It looks ten times a second; timeouts are seconds.
  requestQueue.prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      const now = Date.now();
      for (const request of this.inflight.values()) {
        if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
      }
      if (!this.isConnected()) this.destroy();
    }, LOOK_EVERY_MS);
  };
}

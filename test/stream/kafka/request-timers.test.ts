import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  quietRequestTimers,
  requestQueue,
  scheduleCheckPendingRequests,
  scheduleRequestTimeoutCheck,
} from '../../../src/stream/kafka/request-timers.ts';

interface Queue {
  pending: object[];
  inflight: Map<number, object>;
  throttledUntil: number;
  destroy(): void;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
}

function newQueue(): Queue {
  const RequestQueue = requestQueue as unknown as new (options: object) => Queue;
  const logger = { debug() {}, warn() {} };
  return new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 5_000,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'test',
    logger,
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
  quietRequestTimers();
});

test('a queue in which nothing waits has no timer', () => {
  quietRequestTimers();
  const queue = newQueue();
  queue.checkPendingRequests();
  queue.scheduleCheckPendingRequests();
  expect(vi.getTimerCount()).toBe(0);
});

test('kafkajs itself still arms one that comes at once, again and again', () => {
  quietRequestTimers();
  requestQueue.prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
  const queue = newQueue();
  const checks = vi.spyOn(queue, 'checkPendingRequests');
  queue.scheduleCheckPendingRequests();
  vi.advanceTimersByTime(100);
  expect(checks.mock.calls.length).toBeGreaterThan(50);
  queue.destroy();
});

test('what a broker has asked to wait with is sent when that time is over', () => {
  quietRequestTimers();
  const queue = newQueue();
  const sent: unknown[] = [];
  const request = { send: () => sent.push(request), expectResponse: true, correlationId: 1 };
  queue.throttledUntil = Date.now() + 300;
  queue.pending.push(request);
  queue.scheduleCheckPendingRequests();
  vi.advanceTimersByTime(299);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([request]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a request without an answer is given up within a second of its time', () => {
  quietRequestTimers();
  const queue = newQueue();
  const given: string[] = [];
  const request = (name: string, requestTimeout: number) => ({
    sentAt: Date.now(),
    requestTimeout,
    timeoutRequest: () => given.push(name),
  });
  queue.scheduleRequestTimeoutCheck();
  queue.inflight.set(1, request('short', 1_500));
  queue.inflight.set(2, request('long', 60_000));
  vi.advanceTimersByTime(2_000);
  expect(given).toEqual(['short']);
  queue.destroy();
  expect(vi.getTimerCount()).toBe(0);
});

test('kafkajs itself still looks ten times a second', () => {
  requestQueue.prototype.scheduleRequestTimeoutCheck = scheduleRequestTimeoutCheck;
  const queue = newQueue();
  let looks = 0;
  queue.inflight = { forEach: () => looks++ } as never;
  queue.scheduleRequestTimeoutCheck();
  vi.advanceTimersByTime(1_000);
  expect(looks).toBe(10);
  queue.destroy();
});

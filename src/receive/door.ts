import type { Input } from '../model/input.ts';

/**
 * A door is a plain function, so that Hono (Worker, tests, default) and a bare node:http listener can call it.
 * Limits, inflating and authentication happen before it.
 */
export type Door = (request: DoorRequest) => Promise<DoorAnswer>;

export interface DoorRequest {
  provider: string;
  /** Media type without parameters, lower case; null when absent. */
  contentType: string | null;
  /** Inflated. */
  body: Uint8Array;
  /** When the request arrived, ms since the epoch. */
  receivedAt: number;
  /** W3C context of the door's own span, to travel with the part; empty when not sampled. */
  traceContext: Readonly<Record<string, string>>;
}

export interface DoorAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | string | null;
}

export interface DoorRoute {
  method: 'POST';
  path: string;
  input: Input;
  door: Door;
}

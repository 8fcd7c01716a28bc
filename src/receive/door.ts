import type { Input } from '../model/input.ts';
import type { Refusal } from './errors.ts';

/**
 * A door is a plain function, so that Hono (Worker, tests, default) and a bare node:http listener can call it.
 * Limits, inflating and authentication happen before it. Rejects with {@link Refusal}.
 */
export type Door = (request: DoorRequest) => Promise<DoorAnswer>;

export interface DoorRequest {
  provider: string;
  /** Mesh cluster that the called services of its records run in, where a record names none; null when not known. */
  cluster: string | null;
  /** Media type without parameters, lower case; null when absent. */
  contentType: string | null;
  /** Inflated. */
  body: Uint8Array;
  /** When the request arrived, ms since the epoch. */
  receivedAt: number;
  /** W3C context of the door's own span, to travel with the part; null when not sampled. */
  traceContext: Readonly<Record<string, string>> | null;
}

export interface DoorAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | string | null;
  /** Input records of the body, whatever will become of each. */
  records: number;
  /** Records it appended to the stream. */
  appended: number;
}

export interface DoorRoute {
  method: 'POST';
  path: string;
  input: Input;
  door: Door;
  /** The answer to a refusal, in the words and encoding this door's clients expect. */
  refuse(refusal: Refusal, about: RefusedRequest): RefusalAnswer;
  /** Headers of the answer to OPTIONS, and the origin in every other one; null: no browser posts here. */
  cors: (Readonly<Record<string, string>> & { 'access-control-allow-origin': string }) | null;
}

export type RefusalAnswer = Omit<DoorAnswer, 'records' | 'appended'>;

/** What is known of a request when it is refused. */
export interface RefusedRequest {
  requestId: string;
  contentType: string | null;
  /** Null when it was not read. */
  body: Uint8Array | null;
}

/** `Application/JSON; charset=utf-8` → `application/json`; null for an absent or empty header. */
export function mediaType(header: string | null): string | null {
  const type = header?.split(';', 1)[0]?.trim().toLowerCase();
  return type === undefined || type === '' ? null : type;
}

import type { CountsByReason, Input } from '../model/input.ts';
import type { Policy } from '../model/policy.ts';
import type { Columns } from './columns.ts';

/** What a record of the `requests` topic holds. Published as docs/stream.proto. */
export type Message =
  | { kind: 'parts'; parts: Part[] }
  /** Carries no time: it counts as an end at its own append time. */
  | { kind: 'tick' }
  /** Also counts as an end at its own append time, so that every stream begins with a time. */
  | { kind: 'policy'; policy: Policy };

/** The events of one body for one partition. */
export interface Part {
  frame: PartFrame;
  columns: Columns;
}

/** The outer frame: every version can read it, whatever is inside. */
export interface PartFrame {
  /** 32 hex characters: hash of (provider, input, inflated bytes). */
  bodyId: string;
  /** Number of this part among the parts of its body. (bodyId, chunk) is the part's id. */
  chunk: number;
  provider: string;
  input: Input;
  /** ms since the epoch, by the receiver's clock. Informative: the fold never uses it. */
  receivedAt: number;
  events: number;
  /** First part of a body only: its records that could not be read, by reason. */
  deadLetters: CountsByReason;
  /** First part of a body only: its readable records that are no request, by reason. */
  notRequests: CountsByReason;
}

import { createHash } from 'node:crypto';
import type { Sent, Unit } from '../world/unit.ts';
import type { Outcome } from './post.ts';

/** What one body held, and what its sender was told of it, over all times it was sent. */
export interface BodyEntry {
  provider: string;
  input: string;
  records: number;
  events: readonly Sent[];
  dead: number;
  notRequests: number;
  acknowledged: number;
  inDoubt: number;
  refused: number;
  /** Of those refused, with 503: a stream of several partitions may have some of it. */
  unavailable: number;
  unsent: number;
}

/** What all senders know, by body id. They learn nothing from the server but its answers. */
export class Journal {
  readonly bodies = new Map<string, BodyEntry>();
  /** Attempts by outcome; refusals by their status. */
  readonly attempts = new Map<string, number>();

  /** Takes note of a body before it is sent. */
  open(provider: string, input: string, body: Uint8Array, units: readonly Unit[]): BodyEntry {
    const id = createHash('sha256')
      .update(`${provider}\0${input}\0`)
      .update(body)
      .digest('hex')
      .slice(0, 32);
    const known = this.bodies.get(id);
    if (known !== undefined) return known;
    const events = units.flatMap((unit) => unit.events);
    const dead = sum(units, ({ dead }) => dead);
    const notRequests = sum(units, ({ notRequests }) => notRequests);
    const records = events.length + dead + notRequests;
    const none = { acknowledged: 0, inDoubt: 0, refused: 0, unavailable: 0, unsent: 0 };
    const entry = { provider, input, records, events, dead, notRequests, ...none };
    this.bodies.set(id, entry);
    return entry;
  }

  note(entry: BodyEntry, outcome: Outcome): void {
    const label = outcome.kind === 'refused' ? `refused ${outcome.status}` : outcome.kind;
    this.attempts.set(label, (this.attempts.get(label) ?? 0) + 1);
    if (outcome.kind === 'in_doubt') entry.inDoubt++;
    else entry[outcome.kind]++;
    if (outcome.kind === 'refused' && outcome.status === 503) entry.unavailable++;
  }

  /** Records acknowledged: the sum over all 2xx. */
  get acknowledgedRecords(): number {
    return sum([...this.bodies.values()], (body) => body.acknowledged * body.records);
  }
}

export function sum<T>(of: readonly T[], figure: (each: T) => number): number {
  return of.reduce((total, each) => total + figure(each), 0);
}

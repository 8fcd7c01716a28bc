import type { Alert } from '../model/alert.ts';
import type { Begun, Told } from '../model/notification.ts';
import { type Decision, decide, isNewer, type SilentReason } from './decide.ts';
import { type Owed, OwedQueue } from './owed.ts';
import { MAX_ALERTS } from './port.ts';

/** Incidents one receiver may be owed. */
export const MAX_OWED = 1000;

/** Where every alert state offered to a receiver ends, exactly one each. */
export type Outcome = 'sent' | SilentReason | 'rejected' | 'queue_full';

/** A state on its way, and what will have been told once it is taken (`sentAt` is filled in then). */
export interface Outgoing {
  owed: Owed;
  told: Told;
}

/** What the stream remembers of one receiver. */
export interface Memory {
  told: readonly Told[];
  begun: readonly Begun[];
}

/**
 * What one receiver was told, what it is owed, and what is on its way to it. Does no I/O.
 *
 * `take` hands out a batch; one of `taken`, `putBack`, `rejected` or `disable` must follow before the next `take`.
 * It remembers one state per alert key that is on the stream.
 */
export class Ledger {
  readonly #receiver: string;
  readonly #count: (outcome: Outcome) => void;
  readonly #told = new Map<string, Told>();
  /** By alert key, the beginning of the incident whose opening was on its way when a notifier died. */
  readonly #begun = new Map<string, number>();
  readonly #newest = new Map<string, Alert>();
  readonly #queue = new OwedQueue(MAX_OWED);
  /** Keys of alerts that are no more, but of which something is still owed or on its way. */
  readonly #ending = new Set<string>();
  #onItsWay: readonly Outgoing[] = [];
  #disabled = false;

  constructor(receiver: string, { told, begun }: Memory, count: (outcome: Outcome) => void) {
    this.#receiver = receiver;
    this.#count = count;
    for (const each of told) this.#told.set(each.alertKey, each);
    for (const each of begun) this.#begun.set(each.alertKey, each.startsAt);
  }

  /** Incidents owed, without those on their way. */
  get size(): number {
    return this.#queue.size;
  }

  get disabled(): boolean {
    return this.#disabled;
  }

  /** Resolves when something is owed, and at once when `signal` is aborted. */
  filled(signal: AbortSignal): Promise<void> {
    return this.#queue.filled(signal);
  }

  /** Takes note of an alert's state. */
  offer(alert: Alert): void {
    const newest = this.#newest.get(alert.key);
    if (newest && !isNewer(alert, newest)) {
      this.#count('superseded');
      return;
    }
    this.#newest.set(alert.key, alert);
    this.#ending.delete(alert.key);

    const waiting = this.#queue.get(alert);
    const onItsWay = this.#onItsWay.some(({ owed }) => isSameIncident(owed.alert, alert));
    const begun = this.#begun.get(alert.key) === alert.startsAt;
    const maybeTold = onItsWay || begun || (waiting?.maybeTold ?? false);
    const decision = this.#decide(alert, maybeTold);
    if (waiting) {
      this.#queue.remove(waiting.alert);
      this.#count(decision.send ? 'superseded' : decision.reason);
    }
    if (decision.send) this.#dropped(this.#queue.add({ alert, attempts: 0, maybeTold }));
    else this.#count(decision.reason);
  }

  /** The alert is no more: all that is known of it is forgotten once nothing of it is owed or on its way. */
  forget(alertKey: string): void {
    const known = [this.#newest, this.#told, this.#begun].some((map) => map.has(alertKey));
    if (known) this.#ending.add(alertKey);
  }

  /** Forgets what may be forgotten now. Returns the keys, so that the stream can forget them too. */
  forgotten(): string[] {
    const onTheirWay = new Set(this.#onItsWay.map(({ owed }) => owed.alert.key));
    const gone = [...this.#ending].filter((key) => !onTheirWay.has(key) && !this.#queue.has(key));
    for (const key of gone) {
      this.#ending.delete(key);
      for (const map of [this.#newest, this.#told, this.#begun]) map.delete(key);
    }
    return gone;
  }

  /** The oldest that are still to be told, decided on with what has become known while they waited. */
  take(): readonly Outgoing[] {
    const batch: Outgoing[] = [];
    const afterwards = new Map<string, Told>();
    for (const owed of this.#queue.take(MAX_ALERTS)) {
      const { key, status, sequence, startsAt } = owed.alert;
      const decision = this.#decide(owed.alert, owed.maybeTold, afterwards.get(key));
      if (!decision.send) {
        this.#count(decision.reason);
        continue;
      }
      const told: Told = {
        receiver: this.#receiver,
        alertKey: key,
        status,
        sequence,
        startsAt,
        sentAt: 0,
        attempts: owed.attempts + 1,
        reason: decision.reason,
      };
      afterwards.set(key, told);
      batch.push({ owed, told });
    }
    this.#onItsWay = batch;
    return batch;
  }

  /** The batch has arrived. Returns what to record. */
  taken(sentAt: number): readonly Told[] {
    const told = this.#landed().map((each) => ({ ...each.told, sentAt }));
    for (const each of told) {
      this.#told.set(each.alertKey, each);
      this.#count('sent');
    }
    return told;
  }

  /** The batch is to be tried again; `inDoubt` when it may have arrived. */
  putBack(inDoubt: boolean): void {
    const back: Owed[] = [];
    for (const { owed } of this.#landed()) {
      owed.attempts += 1;
      owed.maybeTold ||= inDoubt;
      // It may have ended while its opening was on its way.
      const newer = this.#queue.get(owed.alert);
      if (!newer) {
        back.push(owed);
      } else if (owed.maybeTold) {
        this.#count('superseded');
      } else {
        this.#queue.remove(newer.alert);
        this.#count('resolved_before_sent');
        this.#count('resolved_before_sent');
      }
    }
    this.#dropped(this.#queue.putBack(back));
  }

  /** The batch will never be taken. */
  rejected(): void {
    for (const { owed } of this.#landed()) {
      const newer = this.#queue.get(owed.alert);
      if (newer) newer.maybeTold = owed.maybeTold;
      this.#count('rejected');
    }
  }

  /** Nothing will be taken any more. */
  disable(): void {
    this.#disabled = true;
    for (const _ of [...this.#landed(), ...this.#queue.take(this.size)]) this.#count('disabled');
  }

  #landed(): readonly Outgoing[] {
    const batch = this.#onItsWay;
    this.#onItsWay = [];
    return batch;
  }

  #decide(
    alert: Alert,
    maybeTold: boolean,
    told: Told | undefined = this.#told.get(alert.key),
  ): Decision {
    return decide(alert, { disabled: this.#disabled, told, maybeTold });
  }

  #dropped(owed: readonly Owed[]): void {
    for (const _ of owed) this.#count('queue_full');
  }
}

function isSameIncident(a: Alert, b: Alert): boolean {
  return a.key === b.key && a.startsAt === b.startsAt;
}

import { DEFAULT_POLICY, type Policy } from '../model/policy.ts';
import type { Rollup } from '../model/rollup.ts';
import type { PartitionState } from '../model/state.ts';
import { minuteOf, secondOf, toMs } from '../model/time.ts';
import type { Message, Part } from '../packed/message.ts';
import { Accounting, put, putReason } from './accounting.ts';
import type { Step } from './breaker/service-breakers.ts';
import type { Changed, Changes } from './changes/changes.ts';
import { Replay } from './changes/replay.ts';
import { CHECKPOINT_VERSION, type Checkpoint } from './checkpoint.ts';
import { Counted } from './counted.ts';
import { type Bounds, DEFAULT_BOUNDS, Directory, type Place } from './directory.ts';
import { Duplicates } from './duplicates.ts';
import { Moves } from './moves.ts';
import type { Output } from './output.ts';
import { type At, type Folded, Outputs } from './outputs.ts';
import { Places } from './places.ts';
import { Publisher } from './publisher.ts';
import { pendingRollups } from './publishing.ts';
import { Rebuild } from './rebuild.ts';
import { exemplarOf, FATE, type Rows } from './rows.ts';
import type { Service } from './service.ts';
import { HORIZON_US, StreamTime } from './stream-time.ts';
import { FORGET_AFTER_US, nextTickMs } from './tick.ts';
import { Verdicts } from './verdicts.ts';

export interface FoldOptions {
  partition: number;
  bounds?: Bounds;
  /** 32 random bits that senders do not know; nothing that is published depends on them. */
  seed?: number;
  /** Notes what it puts into windows and the memory for duplicates. */
  changes?: Changes | null;
}

/**
 * The aggregate of one partition: `state' = fold(state, record)`.
 *
 * Pure: it looks at no clock and does no I/O; the same records give the same outputs with the same ids. Each
 * event goes through: clamp → late? → duplicate? → classify → windows → breakers → alerts.
 */
export class Fold {
  policy: Policy = DEFAULT_POLICY;
  /** True once a policy record was folded. */
  hasPolicy = false;
  readonly #partition: number;
  readonly #changes: Changes | null;
  readonly #accounting = new Accounting();
  readonly #services: Directory;
  readonly #duplicates: Duplicates;
  readonly #publisher = new Publisher();
  readonly #moves = new Moves(this.#publisher);
  #time = new StreamTime();
  /** -Infinity before the first. */
  #newestRequestUs = Number.NEGATIVE_INFINITY;
  #forgottenSecond = -1;
  #at: At = { offset: -1, time: 0 };
  #outputs = new Outputs(-1);
  #fates = new Uint8Array(0);
  readonly #counted = new Counted();

  constructor({ partition, bounds = DEFAULT_BOUNDS, seed = 0, changes = null }: FoldOptions) {
    this.#partition = partition;
    this.#services = new Directory(bounds);
    this.#duplicates = new Duplicates(bounds.maxRemembered, seed, changes?.ids);
    this.#changes = changes;
  }

  /** Folds one record; returns what to publish, in order. */
  apply(at: At, message: Message): Output[] {
    this.#at = at;
    this.#outputs = new Outputs(at.offset);
    this.#time.appended(at.time, this.nextTickMs());
    if (message.kind === 'parts') {
      for (const part of message.parts) this.#part(part);
    } else {
      if (message.kind === 'policy') this.#adopt(message.policy);
      this.#time.saw(this.#time.appendMs! * 1_000);
      this.#passDeadlines();
    }
    this.#forget();
    this.#publisher.publish(this.#services, this.#time, this.#outputs, () => this.state());
    return this.#outputs.list;
  }

  /** The append time at which a tick would change something, ms; null when nothing waits for time. */
  nextTickMs(): number | null {
    const watermarkUs = this.#time.watermarkUs;
    if (watermarkUs === null) return null;
    return nextTickMs({
      appendMs: this.#time.appendMs!,
      watermarkUs,
      unpublished: this.#publisher.unpublished,
      deadlineUs: this.#moves.deadlineUs,
      newestRequestUs: this.#services.size > 0 ? this.#newestRequest() : null,
    });
  }

  #newestRequest(): number | null {
    return Number.isFinite(this.#newestRequestUs) ? this.#newestRequestUs : null;
  }

  /** Records up to the append time `untilMs` (null: all there were) are gone unread. */
  missed(untilMs: number | null): void {
    this.#time.missed(untilMs);
  }

  /** All that a restart needs besides what {@link Fold.replay} or {@link Fold.rebuild} takes. */
  checkpoint(): Checkpoint {
    return {
      version: CHECKPOINT_VERSION,
      partition: this.#partition,
      offset: this.offset,
      time: this.#time.toJSON(),
      policy: this.hasPolicy ? this.policy : null,
      accounting: this.#accounting.rows(),
      alerts: this.#moves.alerts.toJSON(),
      pendingRollups: pendingRollups(this.#services, this.#time),
      services: [...this.#services].map((service) => service.toJSON()),
      overflowed: this.#services.overflowed,
      forgottenIds: this.#duplicates.overflowed,
      newestRequestUs: this.#newestRequest(),
      publisher: this.#publisher.toJSON(),
      forgottenSecond: this.#forgottenSecond,
    };
  }

  /**
   * Goes back to a checkpoint. Its windows and the memory for duplicates are then still empty: fill them with
   * {@link Fold.replay} or {@link Fold.rebuild} before the next `apply`.
   */
  restore(checkpoint: Checkpoint): void {
    this.hasPolicy = checkpoint.policy !== null;
    this.policy = checkpoint.policy ?? DEFAULT_POLICY;
    this.#at = { offset: checkpoint.offset - 1, time: checkpoint.time.appendMs ?? 0 };
    this.#time = StreamTime.from(checkpoint.time);
    this.#accounting.restore(checkpoint.accounting);
    this.#moves.alerts.restore(checkpoint.alerts);
    this.#services.restore(checkpoint.services, this.policy, checkpoint.overflowed);
    this.#duplicates.overflowed = checkpoint.forgottenIds;
    this.#newestRequestUs = checkpoint.newestRequestUs ?? Number.NEGATIVE_INFINITY;
    this.#publisher.restore(checkpoint.publisher);
    this.#forgottenSecond = checkpoint.forgottenSecond;
    for (const service of this.#services) this.#moves.waits(service);
  }

  /**
   * Rebuilds windows and the memory for duplicates as they were at the checkpoint just restored: minutes that no
   * event can change any more from their rollups, younger ones from the records again.
   *
   * @param rollups of the minutes before {@link rebuildFrom}; the same one twice does no harm
   * @param records those below the checkpoint's offset, appended at or after {@link rereadFromMs}
   */
  async rebuild(
    rollups: AsyncIterable<Iterable<Rollup>>,
    records: AsyncIterable<Iterable<Folded>>,
  ): Promise<void> {
    if (this.#time.newestUs === null) return;
    await this.#rollups(rollups);
    const { overflowed: forgottenIds } = this.#duplicates;
    const rebuild = new Rebuild(this.#services, this.#duplicates, this.policy, this.#time);
    for await (const batch of records) {
      for (const { at, message } of batch) rebuild.add(at, message);
    }
    this.#duplicates.overflowed = forgottenIds;
  }

  /**
   * The same as {@link Fold.rebuild}, from what {@link Changes} noted of the records: a fraction of the work.
   *
   * @param changes of all records below the checkpoint's offset that were appended at or after {@link rereadFromMs};
   * in any order
   */
  async replay(
    rollups: AsyncIterable<Iterable<Rollup>>,
    changes: AsyncIterable<Iterable<Changed>>,
  ): Promise<void> {
    if (this.#time.newestUs === null) return;
    await this.#rollups(rollups);
    const replay = new Replay(this.#services, this.#duplicates, this.policy, this.#time);
    for await (const batch of changes) for (const changed of batch) replay.add(changed);
  }

  async #rollups(rollups: AsyncIterable<Iterable<Rollup>>): Promise<void> {
    for await (const batch of rollups) {
      for (const rollup of batch) this.#services.known(rollup.service)?.restoreMinute(rollup);
    }
  }

  /** The next record to fold. */
  get offset(): number {
    return this.#at.offset + 1;
  }

  #part(part: Part): void {
    const { frame, columns } = part;
    const repeated = this.#duplicates.isRepeated(part, this.#time.appendMs! * 1_000);
    const accounts = this.#accounting.frame(frame, repeated);
    const rows: Rows = {
      columns,
      duplicates: repeated ? null : this.#duplicates.of(columns),
      places: new Places(columns, this.#services, this.policy),
      verdicts: new Verdicts(columns),
      fates: this.#fatesOf(frame.events),
      accounts,
    };
    let late = 0;
    let duplicate = 0;
    let counted = 0;
    for (let i = 0; i < frame.events; i++) {
      const fate = this.#event(rows, i);
      rows.fates[i] = fate;
      if (fate === FATE.counted) counted++;
      else if (fate === FATE.duplicate) duplicate++;
      else if (fate === FATE.late) late++;
    }
    this.#publisher.unpublished = true;
    put(accounts, 'late', late);
    put(accounts, 'duplicate', duplicate);
    put(accounts, 'counted', counted);
    if (!repeated) this.#exemplars(rows);
  }

  /** Room for so many fates, until the next part. */
  #fatesOf(events: number): Uint8Array {
    if (events > this.#fates.length) this.#fates = new Uint8Array(2 * events);
    return this.#fates;
  }

  #event(rows: Rows, i: number): number {
    const { columns, duplicates, accounts } = rows;
    const saidUs = columns.endUs[i]!;
    const endUs = this.#time.clamp(saidUs);
    if (this.#time.isLate(endUs)) return FATE.late;
    if (duplicates === null || duplicates.has(i, endUs, saidUs)) return FATE.duplicate;
    this.#time.saw(endUs);
    this.#passDeadlines();

    const verdict = rows.verdicts.of(i);
    const fate = verdict.outcome === 'excluded' ? FATE.excluded : FATE.counted;
    if (fate === FATE.excluded) putReason(accounts, 'excluded', verdict.reason);
    // Whoever can reach a gateway chooses the Host of what it has no route for: such a name takes no place.
    if (verdict.reason === 'no_route') return fate;

    const event = this.#counted;
    event.set(columns, i, endUs, secondOf(this.#time.watermarkUs!), verdict);
    this.#count(rows.places.of(i, endUs), event);
    return fate;
  }

  #count(place: Place, event: Counted): void {
    const { service } = place;
    if (place.overflowed) this.#services.overflowed++;
    if (event.endUs > this.#newestRequestUs) this.#newestRequestUs = event.endUs;
    const { size } = service.breakers;
    this.#changes?.counted(place, event);
    const steps = service.count(place, event);
    if (service.breakers.size !== size) this.#services.breakersGrew(service.breakers.size - size);
    if (steps.length > 0) this.#took(service, steps);
    else if (service.breakers.nearer) this.#moves.waits(service);
  }

  #exemplars(rows: Rows): void {
    const { columns, fates, places, verdicts } = rows;
    for (const sample of columns.samples) {
      if (fates[sample.row] !== FATE.counted) continue;
      const endUs = Math.min(columns.endUs[sample.row]!, this.#time.appendMs! * 1_000);
      const place = places.of(sample.row, endUs);
      const verdict = verdicts.of(sample.row);
      place.service.addExemplar(exemplarOf(columns, sample.row, endUs, place, verdict, sample));
    }
  }

  #adopt(policy: Policy): void {
    this.policy = policy;
    this.hasPolicy = true;
    for (const service of this.#services) service.breakers.adopt(policy);
  }

  #passDeadlines(): void {
    this.#moves.passed(this.#time.watermarkUs!, this.#outputs, this.#time.appendMs!);
  }

  #took(service: Service, steps: readonly Step[]): void {
    this.#moves.publish(service, steps, this.#outputs, this.#time.appendMs!);
  }

  /** Once a minute: ids older than the horizon, services and callers whose windows are all empty. */
  #forget(): void {
    const { watermarkUs } = this.#time;
    if (watermarkUs === null) return;
    const minute = minuteOf(secondOf(watermarkUs));
    if (minute <= this.#forgottenSecond) return;
    this.#forgottenSecond = minute;
    this.#duplicates.forget(watermarkUs - HORIZON_US);
    const oldest = watermarkUs - FORGET_AFTER_US;
    for (const service of [...this.#services]) {
      const steps = service.forget(oldest, watermarkUs);
      if (steps.length > 0) this.#took(service, steps);
      if (service.lastSeenUs < oldest) {
        this.#services.remove(service);
        this.#outputs.push({ topic: 'state', key: service.name, value: null });
      }
    }
    this.#services.forgotten();
    for (const key of this.#moves.alerts.forget(toMs(watermarkUs))) {
      this.#outputs.push({ topic: 'alerts', key, value: null });
    }
  }

  /** Up to when it has folded, ms; null before the first record. */
  get clocks(): { watermark: number | null; appendTime: number | null } {
    const { watermarkUs, appendMs } = this.#time;
    return { watermark: toMs(watermarkUs), appendTime: appendMs };
  }

  /** The partition's own state: clocks and accounting. */
  state(): PartitionState {
    return {
      partition: this.#partition,
      sequence: this.#outputs.sequence,
      watermark: toMs(this.#time.watermarkUs),
      offset: this.#at.offset + 1,
      appendTime: this.#time.appendMs,
      accounting: this.#accounting.rows(),
      clampedEnds: this.#time.clampedEnds,
      services: this.#services.size,
      dependencies: this.#services.dependencies,
      overflowed: this.#services.overflowed,
      forgottenIds: this.#duplicates.overflowed,
      blindUntil: this.#time.blind.at(-1)?.toMs ?? null,
    };
  }
}

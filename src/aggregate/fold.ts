import { BreakerAlerts } from '../alert/breaker-alerts.ts';
import type { Sequence, Transition } from '../model/breaker.ts';
import { DEFAULT_POLICY, type Policy } from '../model/policy.ts';
import { REPORTERS } from '../model/request-event.ts';
import { type AccountingRow, PARTITION_KEY, type PartitionState } from '../model/state.ts';
import { WINDOW_SECONDS, type WindowName } from '../model/windows.ts';
import type { Columns } from '../packed/columns.ts';
import type { Message, Part } from '../packed/message.ts';
import { Accounting, put, putAll, putReason } from './accounting.ts';
import { secondOf } from './breaker/machine.ts';
import { type Step, toMs } from './breaker/service-breakers.ts';
import { classify, type Facts } from './classify.ts';
import { type Bounds, DEFAULT_BOUNDS, Directory } from './directory.ts';
import { RecentKeys } from './duplicates.ts';
import type { Output } from './output.ts';
import { due } from './publishing.ts';
import type { Service } from './service.ts';
import { HORIZON_US, StreamTime } from './stream-time.ts';
import { FORGET_AFTER_US, nextTickMs } from './tick.ts';

export interface FoldOptions {
  partition: number;
  bounds?: Bounds;
}

/** Where a message stands in the stream. */
export interface At {
  offset: number;
  /** Append time, ms since the epoch. */
  time: number;
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
  readonly #time = new StreamTime();
  readonly #accounting = new Accounting();
  readonly #services: Directory;
  readonly #alerts = new BreakerAlerts();
  readonly #parts: RecentKeys<string>;
  readonly #fingerprints: RecentKeys<bigint>;
  readonly #spans: RecentKeys<string>;
  #newestRequestUs: number | null = null;
  #deadlineUs: number | null = null;
  #unpublished = false;
  /** A breaker moved in this record: its service's state follows at once. */
  #moved = false;
  #publishedSecond = -1;
  #publishedAppendMs = 0;
  #forgottenSecond = -1;
  #at: At = { offset: -1, time: 0 };
  #outputs: Output[] = [];

  constructor({ partition, bounds = DEFAULT_BOUNDS }: FoldOptions) {
    this.#partition = partition;
    this.#services = new Directory(bounds);
    this.#parts = new RecentKeys(bounds.maxRemembered);
    this.#fingerprints = new RecentKeys(bounds.maxRemembered);
    this.#spans = new RecentKeys(bounds.maxRemembered);
  }

  /** Folds one record; returns what to publish, in order. */
  apply(at: At, message: Message): Output[] {
    this.#at = at;
    this.#outputs = [];
    this.#time.appended(at.time, this.nextTickMs());
    if (message.kind === 'parts') {
      for (const part of message.parts) this.#part(part);
    } else {
      if (message.kind === 'policy') this.#adopt(message.policy);
      this.#time.saw(this.#time.appendMs! * 1_000);
      this.#passDeadlines();
    }
    this.#forget();
    this.#publish();
    return this.#outputs;
  }

  /** The append time at which a tick would change something, ms; null when nothing waits for time. */
  nextTickMs(): number | null {
    const watermarkUs = this.#time.watermarkUs;
    if (watermarkUs === null) return null;
    return nextTickMs({
      appendMs: this.#time.appendMs!,
      watermarkUs,
      unpublished: this.#unpublished,
      deadlineUs: this.#deadlineUs,
      newestRequestUs: this.#services.size > 0 ? this.#newestRequestUs : null,
    });
  }

  #part(part: Part): void {
    const { frame, columns } = part;
    const row = this.#accounting.row(frame.provider, frame.input);
    const repeated = this.#isRepeated(part);
    putAll(row, 'dead_lettered', frame.deadLetters);
    if (repeated) for (const n of Object.values(frame.notRequests)) put(row, 'duplicate', n);
    else putAll(row, 'excluded', frame.notRequests);
    this.#unpublished = true;

    const targets = new Targets();
    for (let i = 0; i < columns.count; i++) this.#event(columns, i, row, repeated, targets);
    if (!repeated) this.#exemplars(columns);
  }

  /** Whether this part was folded within the horizon. Its newest end says how long it must be remembered. */
  #isRepeated({ frame, columns }: Part): boolean {
    let newestUs = 0;
    for (let i = 0; i < columns.count; i++) newestUs = Math.max(newestUs, columns.endUs[i]!);
    const appendUs = this.#time.appendMs! * 1_000;
    const endUs = columns.count === 0 ? appendUs : Math.min(newestUs, appendUs);
    return this.#parts.seen(`${frame.bodyId}/${frame.chunk}`, endUs, true);
  }

  #event(
    columns: Columns,
    i: number,
    row: AccountingRow,
    repeated: boolean,
    targets: Targets,
  ): void {
    const saidUs = columns.endUs[i]!;
    const endUs = this.#time.clamp(saidUs);
    if (this.#time.isLate(endUs)) {
      put(row, 'late');
      return;
    }
    if (repeated || this.#isDuplicate(columns, i, endUs, endUs !== saidUs)) {
      put(row, 'duplicate');
      return;
    }
    this.#time.saw(endUs);
    this.#passDeadlines();

    const verdict = classify(factsOf(columns, i));
    if (verdict.outcome === 'excluded') putReason(row, 'excluded', verdict.reason);
    else put(row, 'counted');

    const { service, source, subset } = this.#target(columns, i, endUs, targets);
    const durationUs = columns.durationUs[i]!;
    const steps = service.count(
      {
        view: columns.spans === null ? REPORTERS[columns.reporter[i]!]! : 'spans',
        source,
        subset,
        endUs,
        durationUs: durationUs < 0 ? null : durationUs,
        verdict,
      },
      this.#time.watermarkUs!,
    );
    if (this.#newestRequestUs === null || endUs > this.#newestRequestUs) {
      this.#newestRequestUs = endUs;
    }
    if (steps.length > 0) this.#took(service, steps);
  }

  #isDuplicate(columns: Columns, i: number, endUs: number, clamped: boolean): boolean {
    const { fingerprints, spans } = columns;
    if (fingerprints !== null) {
      const fingerprint = fingerprints[i]!;
      return fingerprint !== 0n && this.#fingerprints.seen(fingerprint, endUs, clamped);
    }
    if (spans === null || spans.id[i] === 0n) return false;
    const service = columns.dictionary[columns.destination[i]!] ?? '';
    const key = `${spans.traceIdLow[i]} ${spans.id[i]} ${spans.shared[i]} ${service}`;
    return this.#spans.seen(key, endUs, clamped);
  }

  #target(columns: Columns, i: number, endUs: number, targets: Targets): Target {
    const names = [columns.destination[i]!, columns.source[i]!, columns.subset[i]!] as const;
    return targets.get(names, () => {
      const [destination, source, subset] = names.map((index) => columns.dictionary[index] ?? null);
      const service = this.#services.service(destination!, this.policy, endUs);
      return {
        service,
        source: this.#services.caller(service, source!),
        subset: this.#services.subset(service, subset!),
      };
    });
  }

  #exemplars(columns: Columns): void {
    for (const { row: i, requestId, traceId } of columns.samples) {
      const endUs = Math.min(columns.endUs[i]!, this.#time.appendMs! * 1_000);
      if (this.#time.isLate(endUs)) continue;
      const { service, source, subset } = this.#target(columns, i, endUs, new Targets());
      const { outcome, reason } = classify(factsOf(columns, i));
      const durationUs = columns.durationUs[i]!;
      const latencyMs = durationUs < 0 ? null : durationUs / 1_000;
      const code = columns.code[i]!;
      const at = toMs(endUs)!;
      service.addExemplar({
        at,
        source,
        subset,
        outcome,
        reason,
        code,
        latencyMs,
        requestId,
        traceId,
      });
    }
  }

  #adopt(policy: Policy): void {
    this.policy = policy;
    this.hasPolicy = true;
    for (const service of this.#services) service.breakers.adopt(policy);
  }

  #passDeadlines(): void {
    const watermarkUs = this.#time.watermarkUs!;
    if (this.#deadlineUs === null || watermarkUs < this.#deadlineUs) return;
    for (const service of this.#services) {
      const { deadlineUs } = service.breakers;
      if (deadlineUs !== null && deadlineUs <= watermarkUs) {
        this.#took(service, service.breakers.passed(watermarkUs));
      }
    }
    this.#findDeadline();
  }

  #findDeadline(): void {
    const deadlines = [...this.#services].flatMap(({ breakers }) => breakers.deadlineUs ?? []);
    this.#deadlineUs = deadlines.length === 0 ? null : Math.min(...deadlines);
  }

  /** Publishes what breakers did, and the alerts it makes. */
  #took(service: Service, steps: readonly Step[]): void {
    for (const { tracked, change, rollup } of steps) {
      const transition: Transition = {
        ...tracked.scope,
        key: tracked.key,
        sequence: this.#sequence(),
        previous: tracked.last,
        from: change.from,
        to: change.to,
        reason: change.reason,
        at: toMs(change.atUs)!,
        observedAt: this.#time.appendMs!,
        failureRate: change.failureRate,
        slowRate: change.slowRate,
        calls: change.calls,
        failed: change.failed,
        notPermitted: change.notPermitted,
        windowSeconds: change.windowSeconds,
        attempt: change.attempt,
        nextProbeAt: toMs(change.nextProbeAtUs),
        dependenciesOpen: rollup?.dependenciesOpen ?? null,
        dependencies: rollup?.dependencies ?? null,
        causedBy: rollup && { source: rollup.causedBy.source, subset: rollup.causedBy.subset },
      };
      tracked.last = transition.sequence;
      this.#outputs.push({ topic: 'transitions', key: service.name, value: transition });
      const { alert } = this.#alerts.apply(transition);
      if (alert !== null) {
        const value = { ...alert, sequence: this.#sequence() };
        this.#outputs.push({ topic: 'alerts', key: value.key, value });
      }
    }
    service.dirty = true;
    service.publishedSecond = -1;
    this.#moved = true;
    this.#findDeadline();
  }

  /** Once a minute: services and callers whose windows are all empty, and ids older than the horizon. */
  #forget(): void {
    const watermarkUs = this.#time.watermarkUs;
    if (watermarkUs === null) return;
    const minute = secondOf(watermarkUs) - (secondOf(watermarkUs) % 60);
    if (minute <= this.#forgottenSecond) return;
    this.#forgottenSecond = minute;
    for (const keys of [this.#parts, this.#fingerprints, this.#spans]) {
      keys.forget(watermarkUs - HORIZON_US);
    }
    const oldest = watermarkUs - FORGET_AFTER_US;
    for (const service of [...this.#services]) {
      const steps = service.forget(oldest, watermarkUs);
      if (steps.length > 0) this.#took(service, steps);
      if (service.lastSeenUs < oldest) {
        this.#services.remove(service);
        this.#outputs.push({ topic: 'state', key: service.name, value: null });
      }
    }
    this.#services.recount();
  }

  #publish(): void {
    const watermarkUs = this.#time.watermarkUs;
    const second = watermarkUs === null ? -1 : secondOf(watermarkUs);
    const newSecond = second > this.#publishedSecond;
    if (watermarkUs !== null && (newSecond || this.#moved)) {
      this.#moved = false;
      for (const service of due(this.#services, second, newSecond)) {
        service.dirty = false;
        service.publishedSecond = second;
        const state = service.state(watermarkUs, this.#sequence(), (name) => this.#isBlind(name));
        this.#outputs.push({ topic: 'state', key: service.name, value: state });
      }
    }
    const aSecondSince = this.#time.appendMs! - this.#publishedAppendMs >= 1_000;
    if (newSecond || (this.#unpublished && aSecondSince)) {
      this.#publishedSecond = Math.max(second, this.#publishedSecond);
      this.#publishedAppendMs = this.#time.appendMs!;
      this.#unpublished = false;
      const key = `${PARTITION_KEY}/${this.#partition}`;
      this.#outputs.push({ topic: 'state', key, value: this.state() });
    }
  }

  /** The partition's own state: clocks and accounting. */
  state(): PartitionState {
    return {
      partition: this.#partition,
      sequence: this.#sequence(),
      watermark: toMs(this.#time.watermarkUs),
      offset: this.#at.offset + 1,
      appendTime: this.#time.appendMs,
      accounting: this.#accounting.rows(),
      clampedEnds: this.#time.clampedEnds,
      services: this.#services.size,
      dependencies: this.#services.dependencies,
      overflowed: this.#services.overflowed,
      forgottenIds: this.#parts.overflowed + this.#fingerprints.overflowed + this.#spans.overflowed,
      blindUntil: this.#time.blind.at(-1)?.toMs ?? null,
    };
  }

  #isBlind(name: WindowName): boolean {
    const asOf = toMs(this.#time.watermarkUs)!;
    return this.#time.isBlind(asOf - WINDOW_SECONDS[name].length * 1_000, asOf);
  }

  /** (offset, index): outputs of one record are numbered in the order they are made. */
  #sequence(): Sequence {
    return [this.#at.offset, this.#outputs.length];
  }
}

interface Target {
  service: Service;
  source: string | null;
  subset: string | null;
}

/** The targets of one part by their dictionary indexes: names are looked up once, not once an event. */
class Targets {
  readonly #known = new Map<number, Target>();

  get(
    [destination, source, subset]: readonly [number, number, number],
    make: () => Target,
  ): Target {
    const key = (destination * SHIFT + source) * SHIFT + subset;
    let target = this.#known.get(key);
    if (target === undefined) {
      target = make();
      this.#known.set(key, target);
    }
    return target;
  }
}

/** Dictionaries are smaller than this, so that three indexes fit a safe integer. */
const SHIFT = 2 ** 17;

function factsOf(columns: Columns, i: number): Facts {
  const grpcStatus = columns.grpcStatus[i]!;
  return {
    code: columns.code[i]!,
    grpcStatus: grpcStatus < 0 ? null : grpcStatus,
    flags: columns.flags[i]!,
    details: columns.dictionary[columns.details[i]!] ?? null,
    traits: columns.traits[i]!,
  };
}

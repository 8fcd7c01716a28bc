import type { Policy } from '../model/policy.ts';
import { secondOf } from '../model/time.ts';
import type { Message, Part } from '../packed/message.ts';
import { Counted } from './counted.ts';
import type { Directory } from './directory.ts';
import type { Duplicates } from './duplicates.ts';
import { minuteNumber } from './id-memory.ts';
import type { At } from './outputs.ts';
import { Places } from './places.ts';
import { rebuildFrom } from './rebuild-range.ts';
import { HORIZON_US, StreamTime } from './stream-time.ts';
import { Verdicts } from './verdicts.ts';

/**
 * Puts records that were folded before a checkpoint into windows and the memory for duplicates again. Nothing else
 * is done: what they did to breakers, alerts and counters is in the checkpoint.
 */
export class Rebuild {
  readonly #services: Directory;
  readonly #duplicates: Duplicates;
  readonly #policy: Policy;
  readonly #fromUs: number;
  /** As it was when the record at hand was folded first. */
  readonly #time = new StreamTime();
  readonly #event = new Counted();
  #forgottenMinute = -1;

  /** @param time of the checkpoint; an end was seen before it */
  constructor(services: Directory, duplicates: Duplicates, policy: Policy, time: StreamTime) {
    this.#services = services;
    this.#duplicates = duplicates;
    this.#policy = policy;
    this.#fromUs = rebuildFrom(time);
  }

  add(at: At, message: Message): void {
    this.#time.appended(at.time, null);
    if (message.kind === 'parts') for (const part of message.parts) this.#part(part);
    else this.#time.saw(this.#time.appendMs! * 1_000);
    this.#forget();
  }

  #part(part: Part): void {
    const { columns } = part;
    const time = this.#time;
    // All of its rows are late or duplicates.
    if (this.#duplicates.isRepeated(part, time.appendMs! * 1_000)) return;
    const duplicates = this.#duplicates.of(columns);
    const verdicts = new Verdicts(columns);
    const places = new Places(columns, this.#services, this.#policy);
    const event = this.#event;
    for (let i = 0; i < columns.count; i++) {
      const saidUs = columns.endUs[i]!;
      const endUs = time.clamp(saidUs);
      if (time.isLate(endUs) || duplicates.has(i, endUs, saidUs)) continue;
      time.saw(endUs);
      // Older ones are in rollups.
      if (endUs < this.#fromUs) continue;
      const verdict = verdicts.of(i);
      if (verdict.reason === 'no_route') continue;
      event.set(columns, i, endUs, secondOf(time.watermarkUs!), verdict);
      const place = places.of(i, endUs);
      place.service.countCells(place, event);
    }
  }

  /** Once a minute: ids older than the horizon. */
  #forget(): void {
    const { watermarkUs } = this.#time;
    if (watermarkUs === null) return;
    const minute = minuteNumber(watermarkUs);
    if (minute <= this.#forgottenMinute) return;
    this.#forgottenMinute = minute;
    this.#duplicates.forget(watermarkUs - HORIZON_US);
  }
}

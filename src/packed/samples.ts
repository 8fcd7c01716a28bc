import type { RequestEvent } from '../model/request-event.ts';
import { TRAIT } from '../model/request-event.ts';
import { FLAG, type ResponseFlag } from '../model/response-flags.ts';
import type { RowSample } from './columns.ts';

const FAILED = 2;
/** Ids come from clients; a longer one is not kept, as half an id finds nothing. */
const MAX_ID = 128;
/** Upper bound of a sample's bytes on the wire, its ids apart. */
const SAMPLE_BYTES = 16;
const NOT_A_LATENCY = TRAIT.connection | TRAIT.upgrade;

const FAILED_FLAGS = flagSet(
  // refused by a breaker or by overload
  ['UO', 'UH', 'DO', 'UDO', 'OM'],
  // failed on the way to or at the upstream
  ['UF', 'UC', 'UR', 'UPE', 'URX', 'LR', 'DF', 'LH', 'UT', 'UMSDR', 'SI', 'DT'],
);

interface Sample extends RowSample {
  durationUs: number;
  bytes: number;
  /** As how many of its destination's slowest and failed it is chosen. */
  uses: number;
}

/** What is chosen of one destination. */
class Chosen {
  slowest: Sample | null = null;
  second: Sample | null = null;
  failed = 0;
}

/**
 * Chooses the rows whose ids travel: per destination the two slowest and the first two that look failed, of
 * those that carry an id. The choice depends on the events and their order alone.
 */
export class SampleChooser {
  /** By destination. */
  readonly #chosen: (Chosen | undefined)[] = [];
  /** In row order, with those that are of no use any more. */
  readonly #samples: Sample[] = [];
  #bytes = 0;

  /** Upper bound of the chosen samples' bytes on the wire. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `destination` is its index in the dictionary; `durationUs` is -1 when unknown. Rows come in their order. */
  offer(event: RequestEvent, row: number, destination: number, durationUs: number): void {
    const chosen = this.#of(destination);
    const fails = chosen.failed < FAILED && looksFailed(event);
    const slow =
      durationUs > (chosen.second === null ? -1 : chosen.second.durationUs) &&
      (event.traits & NOT_A_LATENCY) === 0;
    // The ids last: some readers make their text only when they are asked for it.
    if (!fails && !slow) return;
    const sample = sampleOf(event, row, durationUs);
    if (sample === null) return;
    this.#samples.push(sample);
    if (fails) {
      chosen.failed++;
      this.#use(sample, 1);
    }
    if (slow) {
      this.#use(sample, 1);
      this.#rank(chosen, sample);
    }
  }

  /** In row order, each row once. */
  samples(): RowSample[] {
    const used: RowSample[] = [];
    for (const { uses, row, requestId, traceId } of this.#samples) {
      if (uses > 0) used.push({ row, requestId, traceId });
    }
    return used;
  }

  #of(destination: number): Chosen {
    while (this.#chosen.length <= destination) this.#chosen.push(undefined);
    let chosen = this.#chosen[destination];
    if (chosen === undefined) {
      chosen = new Chosen();
      this.#chosen[destination] = chosen;
    }
    return chosen;
  }

  /** Of equally slow ones the earlier is before the later. */
  #rank(chosen: Chosen, sample: Sample): void {
    if (chosen.second !== null) this.#use(chosen.second, -1);
    if (chosen.slowest === null || sample.durationUs > chosen.slowest.durationUs) {
      chosen.second = chosen.slowest;
      chosen.slowest = sample;
    } else {
      chosen.second = sample;
    }
  }

  #use(sample: Sample, more: 1 | -1): void {
    sample.uses += more;
    this.#bytes += more * sample.bytes;
  }
}

function sampleOf(event: RequestEvent, row: number, durationUs: number): Sample | null {
  const requestId = shortEnough(event.requestId);
  const traceId = shortEnough(event.traceId);
  if (requestId === null && traceId === null) return null;
  // UTF-8 takes at most three bytes for one UTF-16 unit.
  const bytes = SAMPLE_BYTES + 3 * ((requestId?.length ?? 0) + (traceId?.length ?? 0));
  return { row, requestId, traceId, durationUs, bytes, uses: 0 };
}

function shortEnough(id: string | null): string | null {
  return id !== null && id.length <= MAX_ID ? id : null;
}

function looksFailed({ code, flags, grpcStatus }: RequestEvent): boolean {
  return code >= 500 || (flags & FAILED_FLAGS) !== 0 || (grpcStatus !== null && grpcStatus !== 0);
}

function flagSet(...groups: ResponseFlag[][]): number {
  return groups.flat().reduce((set, name) => set | FLAG[name], 0);
}

import type { RequestEvent } from '../model/request-event.ts';
import { TRAIT } from '../model/request-event.ts';
import { FLAG, type ResponseFlag } from '../model/response-flags.ts';
import type { RowSample } from './columns.ts';

const SLOWEST = 2;
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
}

/**
 * Chooses the rows whose ids travel: per destination the two slowest and the first two that look failed, of
 * those that carry an id. The choice depends on the events and their order alone.
 */
export class SampleChooser {
  readonly #byDestination = new Map<string | null, { slowest: Sample[]; failed: Sample[] }>();
  #bytes = 0;

  /** Upper bound of the chosen samples' bytes on the wire. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `durationUs` is -1 when unknown. */
  offer(event: RequestEvent, row: number, durationUs: number): void {
    let chosen = this.#byDestination.get(event.destination);
    if (chosen === undefined) {
      chosen = { slowest: [], failed: [] };
      this.#byDestination.set(event.destination, chosen);
    }
    const { slowest, failed } = chosen;
    const fails = failed.length < FAILED && looksFailed(event);
    const slow =
      durationUs >= 0 &&
      (event.traits & NOT_A_LATENCY) === 0 &&
      (slowest.length < SLOWEST || durationUs > (slowest.at(-1) as Sample).durationUs);
    // The ids last: some readers make their text only when they are asked for it.
    if (!fails && !slow) return;
    const sample = sampleOf(event, row, durationUs);
    if (sample === null) return;
    if (fails) {
      failed.push(sample);
      this.#bytes += sample.bytes;
    }
    if (slow) {
      const after = slowest.findIndex((other) => other.durationUs < durationUs);
      slowest.splice(after < 0 ? slowest.length : after, 0, sample);
      this.#bytes += sample.bytes;
      if (slowest.length > SLOWEST) this.#bytes -= (slowest.pop() as Sample).bytes;
    }
  }

  /** In row order, each row once. */
  samples(): RowSample[] {
    const byRow = new Map<number, RowSample>();
    for (const { slowest, failed } of this.#byDestination.values()) {
      for (const { row, requestId, traceId } of [...slowest, ...failed]) {
        byRow.set(row, { row, requestId, traceId });
      }
    }
    return [...byRow.values()].sort((a, b) => a.row - b.row);
  }
}

function sampleOf(event: RequestEvent, row: number, durationUs: number): Sample | null {
  const requestId = shortEnough(event.requestId);
  const traceId = shortEnough(event.traceId);
  if (requestId === null && traceId === null) return null;
  // UTF-8 takes at most three bytes for one UTF-16 unit.
  const bytes = SAMPLE_BYTES + 3 * ((requestId?.length ?? 0) + (traceId?.length ?? 0));
  return { row, requestId, traceId, durationUs, bytes };
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

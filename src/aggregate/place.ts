import type { Dependency } from './breaker/dependency.ts';
import type { Member } from './members.ts';
import type { Service } from './service.ts';

/** Where an event counts: looked up once for all events of a part that name the same. */
export interface Place {
  readonly service: Service;
  readonly source: string | null;
  readonly subset: string | null;
  readonly caller: Member;
  /** Null where no subset is named. */
  readonly ofSubset: Member | null;
  /** A name of it did not fit. */
  readonly overflowed: boolean;
  /** The breakers of caller and subset, once they were shown a call. */
  dependency: Dependency | null;
}

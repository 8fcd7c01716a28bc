import type { Dependency } from './breaker/dependency.ts';
import type { Member } from './members.ts';

/** Where in a service an event counts: looked up once for events that name the same. */
export interface PlaceInService {
  readonly source: string | null;
  readonly subset: string | null;
  readonly caller: Member;
  /** Null where no subset is named. */
  readonly ofSubset: Member | null;
  /** The breakers of caller and subset, once they were shown a call. */
  dependency: Dependency | null;
}

import type { Dependency } from './breaker/dependency.ts';
import type { ClusterMember } from './clusters/clusters.ts';
import type { Member } from './members.ts';
import type { Series } from './series.ts';

/** Where in a service an event counts: looked up once for events that name the same. */
export interface PlaceInService {
  readonly source: string | null;
  readonly subset: string | null;
  readonly cluster: string | null;
  readonly caller: Member;
  /** Null where no subset is named. */
  readonly ofSubset: Member | null;
  /** Null where no cluster is named. */
  readonly ofCluster: ClusterMember | null;
  /** By view, the series in which its events count, once there was one. */
  readonly series: (readonly Series[] | undefined)[];
  /** Which of the places it is in {@link Changes}; -1 while it is none. */
  changed: number;
  /** The breakers of caller and subset, once they were shown a call. */
  dependency: Dependency | null;
}

import type { Alert } from '../model/alert.ts';
import type { Transition } from '../model/breaker.ts';
import type { Rollup } from '../model/rollup.ts';
import type { PartitionState, ServiceState } from '../model/state.ts';

/** What the fold returns, in order; each carries its sequence. `value` null deletes the key. */
export type Output =
  | { topic: 'state'; key: string; value: ServiceState | PartitionState | null }
  | { topic: 'transitions'; key: string; value: Transition }
  | { topic: 'rollups'; key: string; value: Rollup }
  | { topic: 'alerts'; key: string; value: Alert | null };

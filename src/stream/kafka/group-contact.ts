import type { Log } from '../../telemetry/log.ts';
import type { Topic } from '../record.ts';
import { rootOf, typeOf } from './kafka-errors.ts';
import { addressOf } from './patience.ts';

/** A member of a group on a topic of which nobody has heard for longer than its session. */
export interface Silence {
  topic: Topic;
  ms: number;
}

export interface GroupContactOptions {
  groupId: string;
  sessionTimeoutMs: number;
  log: Log;
}

/** Whether a member is in touch with its group's coordinator, for who watches: an outage is two lines, however long it is. */
export class GroupContact {
  readonly #options: GroupContactOptions;
  #answeredAt = performance.now();
  #isDown = false;

  constructor(options: GroupContactOptions) {
    this.#options = options;
  }

  /** Null while it is, or may be: joining can wait for a session, until those are missed that are gone. */
  get silentMs(): number | null {
    const ms = performance.now() - this.#answeredAt;
    return ms > 1.25 * this.#options.sessionTimeoutMs ? ms : null;
  }

  /** The coordinator has answered. */
  answered(): void {
    this.#answeredAt = performance.now();
  }

  joined(partitions: readonly number[]): void {
    const { groupId, log } = this.#options;
    if (this.#isDown) log.info('group_available', { groupId });
    this.#isDown = false;
    log.info('group_joined', { groupId, partitions });
  }

  /** What ended the membership, or a try to join, and may pass. */
  failed(error: unknown): void {
    const { groupId, log } = this.#options;
    const type = typeOf(error);
    if (GROUP_SAYS.includes(type)) {
      this.answered();
      log.info('group_rejoining', { groupId, why: type });
      return;
    }
    const { message = type } = rootOf(error);
    const facts = { groupId, broker: addressOf(error), error: message };
    const isOutage = !MOVING.includes(type) || this.silentMs !== null;
    if (!isOutage || this.#isDown) {
      log.debug('group_rejoining', facts);
      return;
    }
    this.#isDown = true;
    log.warn('group_unavailable', facts);
  }
}

/** Whoever is answered so was given up: its partitions may have been another member's since. */
export const FORGOTTEN = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];
/** Answers of a coordinator that does its work. */
const GROUP_SAYS = [...FORGOTTEN, 'REBALANCE_IN_PROGRESS'];
/** Of a cluster's first moments, and of those after a coordinator has ended. */
const MOVING = [
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
];

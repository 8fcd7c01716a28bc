import { bytesOf } from './checks.ts';
import type { AppendRecord } from './record.ts';

/** Records of one partition, in their order. */
export interface Piece {
  /** The place of each in the call. */
  indexes: number[];
  records: AppendRecord[];
  bytes: number;
}

/** What goes to the same partition; more than `maxBytes` in several pieces. */
export function piecesOf(records: readonly AppendRecord[], maxBytes: number): Piece[] {
  const open = new Map<string, Piece>();
  const pieces: Piece[] = [];
  for (const [index, record] of records.entries()) {
    const key = partitionKey(record);
    const bytes = bytesOf(record);
    const last = open.get(key);
    if (last !== undefined && last.bytes + bytes <= maxBytes) {
      last.indexes.push(index);
      last.records.push(record);
      last.bytes += bytes;
      continue;
    }
    const piece = { indexes: [index], records: [record], bytes };
    open.set(key, piece);
    pieces.push(piece);
  }
  return pieces;
}

/** Of a map by partitions of several topics. */
export function partitionKey({
  topic,
  partition,
}: Pick<AppendRecord, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}

import type { DeadLetterReason } from '../model/input.ts';
import { decodeFrames, encodeParts } from './codec.ts';
import { UndecodableMessage } from './errors.ts';
import { PartBuilder } from './part-builder.ts';

/**
 * The parts of a record without their events, which are counted as dead letters instead: what is known to be lost is told.
 * Null when it is no record of parts.
 */
export function deadLettered(value: Uint8Array, reason: DeadLetterReason): Uint8Array | null {
  try {
    const parts = decodeFrames(value).map((frame) => {
      const before = frame.deadLetters[reason] ?? 0;
      const deadLetters = { ...frame.deadLetters, [reason]: before + frame.events };
      return { frame: { ...frame, events: 0, deadLetters }, columns: new PartBuilder().take() };
    });
    return parts.length === 0 ? null : encodeParts(parts);
  } catch (error) {
    if (error instanceof UndecodableMessage) return null;
    throw error;
  }
}

import { MAX_NAME } from '../../model/request-event.ts';
import { parseFlags } from '../../model/response-flags.ts';

/** What a proxy says in the same words in its log records and in its spans. Undefined: it says nothing of it. */

/** Longer than all flags together. */
const MAX_FLAGS = 256;
const MAX_REQUEST_ID = 128;

export function flagsOf(text: string | undefined): number {
  return parseFlags((text ?? '').slice(0, MAX_FLAGS));
}

/** One that is too long is not kept at all: cut, two ids might become one. */
export function requestIdOf(id: string | undefined): string | null {
  return id === undefined || id === '' || id.length > MAX_REQUEST_ID ? null : id;
}

const HOST = /^(?:[a-z]+:\/\/(?:.*\/)?)?((?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):\d{1,5})$/;

/** `ip:port` of `10.0.0.1:80`, `[fd00::1]:80`, `tcp://10.0.0.1:80` and `envoy://connect_originate/10.0.0.1:80`. */
export function hostOf(address: string | undefined): string | null {
  if (address === undefined || address.length > MAX_NAME) return null;
  return HOST.exec(address)?.[1] ?? null;
}

import { serviceOfHost } from './service-name.ts';

const SHADOW = '-shadow';

/** What a request's `:authority` (or Host header) says. */
export interface Authority {
  /** Null for IP addresses and for anything that is no host name. */
  service: string | null;
  /** Envoy appends `-shadow` to the host of a mirrored request (envoy source/common/router/shadow_writer_impl.cc). */
  mirror: boolean;
}

export function parseAuthority(authority: string | null): Authority {
  if (authority === null) return { service: null, mirror: false };
  let host = authority.replace(/:\d{0,5}$/, '');
  const mirror = host.length > SHADOW.length && host.endsWith(SHADOW);
  if (mirror) host = host.slice(0, -SHADOW.length);
  return { service: serviceOfHost(host), mirror };
}

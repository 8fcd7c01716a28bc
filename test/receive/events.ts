import type { RequestEvent } from '../../src/model/request-event.ts';

/** A request event of a healthy request, with what a test cares about replaced. */
export function requestEvent(replaced: Partial<RequestEvent> = {}): RequestEvent {
  return {
    endUs: 1_795_000_000_000_000,
    durationUs: 12_000,
    code: 200,
    grpcStatus: null,
    flags: 0,
    details: null,
    reporter: 'source',
    source: 'frontend.shop',
    destination: 'reviews.shop',
    cluster: null,
    subset: null,
    host: null,
    mtls: null,
    traits: 0,
    requestId: null,
    traceId: null,
    span: null,
    ...replaced,
  };
}

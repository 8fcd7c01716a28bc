import { DurableObject } from 'cloudflare:workers';

// The least that any Worker of this shape takes: it reads the body and answers, after a call to a Durable Object or without.

export class Lane extends DurableObject {
  async append() {
    return { refused: null };
  }
}

/** About what a body is when it is packed. */
const PACKED = 1 / 8;

export default {
  async fetch(request, { LANE, CALLS }) {
    const body = new Uint8Array(await request.arrayBuffer());
    if (CALLS === 'true' && body.length > 0) {
      const frame = body.slice(0, Math.ceil(body.length * PACKED));
      const frames = [{ topic: 'requests', partition: 0, records: 1, frame }];
      await LANE.getByName('lane').append(frames, null);
    }
    return new Response(null, { status: 202 });
  },
};

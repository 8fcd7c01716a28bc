import { type Context, Hono } from 'hono';
import { createDoors, type Doors, type ReceiverOptions } from './doors.ts';
import { webCaller } from './web-request.ts';

/** The doors as a Hono app on Web Request and Response: for the Worker, for Node, for tests. Mount it at `/`. */
export function createReceiver(options: ReceiverOptions): Hono {
  return receiverApp(createDoors(options));
}

export function receiverApp({ routes, serve, notFound, pending }: Doors): Hono {
  const app = new Hono();
  for (const route of routes) {
    for (const path of [route.path, `/t/:token${route.path}`]) {
      const { cors } = route;
      if (cors !== null)
        app.options(path, () => new Response(null, { status: 204, headers: cors }));
      app.all(path, async (context) => {
        const token = context.req.param('token') ?? null;
        const answer = await serve(route, webCaller(context.req.raw), token);
        const samples = pending();
        if (samples !== null) keepAlive(context, samples);
        return new Response(answer.body as BodyInit | null, answer);
      });
    }
  }
  app.notFound((context) => {
    const { status, headers, body } = notFound(context.req.path);
    return new Response(body as string, { status, headers });
  });
  return app;
}

/** A Worker's isolate may be stopped once it has answered; Node has no such context. */
function keepAlive(context: Context, work: Promise<void>): void {
  try {
    context.executionCtx.waitUntil(work);
  } catch {
    // Hono throws where there is no execution context.
  }
}

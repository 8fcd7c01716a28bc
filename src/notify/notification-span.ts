import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Alert } from '../model/alert.ts';
import { type Carrier, extractContext } from '../telemetry/context.ts';

/** The trace in which an alert came to be, for those that are traced. */
const traceOf = new WeakMap<Alert, Carrier>();

/** Keeps what its record carries. */
export function rememberTrace(alert: Alert, headers: Carrier | undefined): void {
  if (headers !== undefined) traceOf.set(alert, headers);
}

/** Sends in a span that goes on with the trace of the first alert that has one, and is linked to those of the others. */
export async function tracedSend(
  alerts: readonly Alert[],
  receiver: string,
  send: () => Promise<void>,
): Promise<void> {
  const contexts = alerts.flatMap((alert) => {
    const headers = traceOf.get(alert);
    return headers === undefined ? [] : [extractContext(headers)];
  });
  const [parent, ...others] = contexts;
  if (parent === undefined) return send();
  const links = others.flatMap((other) => {
    const linked = trace.getSpanContext(other);
    return linked ? [{ context: linked }] : [];
  });
  const span = trace.getTracer('meshpulse').startSpan(
    'send notification',
    {
      kind: SpanKind.CLIENT,
      links,
      attributes: { 'meshpulse.receiver': receiver, 'meshpulse.alerts': alerts.length },
    },
    parent,
  );
  try {
    await context.with(trace.setSpan(parent, span), send);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

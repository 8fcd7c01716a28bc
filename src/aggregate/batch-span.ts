import { context, SpanKind, trace } from '@opentelemetry/api';
import type { StreamRecord } from '../stream/record.ts';
import { extractContext } from '../telemetry/context.ts';

/** Works in one span for the batch, linked to the spans of the parts in it; in none where they have none. */
export function traced<T>(partition: number, records: readonly StreamRecord[], work: () => T): T {
  const links = records.flatMap(({ headers }) => {
    const linked = headers && trace.getSpanContext(extractContext(headers));
    return linked ? [{ context: linked }] : [];
  });
  if (links.length === 0) return work();
  const span = trace.getTracer('meshpulse').startSpan('process requests', {
    kind: SpanKind.CONSUMER,
    links,
    attributes: {
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'requests',
      'messaging.destination.partition.id': String(partition),
      'messaging.batch.message_count': records.length,
    },
  });
  try {
    return context.with(trace.setSpan(context.active(), span), work);
  } finally {
    span.end();
  }
}

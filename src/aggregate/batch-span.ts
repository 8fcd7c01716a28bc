import { context, SpanKind, trace } from '@opentelemetry/api';
import type { AppendRecord, StreamRecord, Topic } from '../stream/record.ts';
import { extractContext, injectContext } from '../telemetry/context.ts';

/** What people look for: the rest comes every second. */
const CARRIERS: ReadonlySet<Topic> = new Set(['transitions', 'alerts']);

/**
 * Works in one span for the batch, which goes on with the trace of its first part that has one and is linked to those of
 * the others; in none where no part has. What comes of it and tells of a change carries the span on.
 */
export function traced(
  partition: number,
  records: readonly StreamRecord[],
  work: () => AppendRecord[],
): AppendRecord[] {
  const links = records.flatMap(({ headers }) => {
    const linked = headers && trace.getSpanContext(extractContext(headers));
    return linked ? [{ context: linked }] : [];
  });
  const [first] = links;
  if (first === undefined) return work();
  const parent = trace.setSpanContext(context.active(), first.context);
  const span = trace.getTracer('meshpulse').startSpan(
    'process requests',
    {
      kind: SpanKind.CONSUMER,
      links,
      attributes: {
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'requests',
        'messaging.destination.partition.id': String(partition),
        'messaging.batch.message_count': records.length,
      },
    },
    parent,
  );
  const inSpan = trace.setSpan(context.active(), span);
  try {
    const outputs = context.with(inSpan, work);
    const headers = injectContext(inSpan);
    if (Object.keys(headers).length === 0) return outputs;
    return outputs.map((output) => (CARRIERS.has(output.topic) ? { ...output, headers } : output));
  } finally {
    span.end();
  }
}

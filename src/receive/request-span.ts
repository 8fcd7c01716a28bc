import { ProxyTracer, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Input } from '../model/input.ts';
import type { FailureCode } from './errors.ts';

/**
 * One span per request, never per event; null where nobody traces. Names by OpenTelemetry's messaging conventions
 * (v1.45, in development). The sender's own trace context is not continued: its spans are our payload, and a stranger
 * must not decide what we sample.
 */
export function startRequestSpan(input: Input, messagingSystem: string): Span | null {
  const tracer = trace.getTracer('meshpulse');
  // A proxy stands for a provider that is not there.
  if (tracer instanceof ProxyTracer) return null;
  return tracer.startSpan('send requests', {
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': messagingSystem,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'requests',
      'meshpulse.input': input,
    },
  });
}

export function endRequestSpan(
  span: Span,
  answer: { status: number; appended: number; refused: FailureCode | null },
): void {
  span.setAttributes({
    'messaging.batch.message_count': answer.appended,
    'http.response.status_code': answer.status,
  });
  if (answer.refused !== null) {
    span.setAttribute('error.type', answer.refused);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

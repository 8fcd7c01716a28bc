import {
  isSpanContextValid,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Input } from '../model/input.ts';
import type { FailureCode } from './errors.ts';

/**
 * One span per request, never per event. Names by OpenTelemetry's messaging conventions (v1.45, in development).
 * The sender's own trace context is not continued: its spans are our payload, and a stranger must not decide
 * what we sample.
 */
export function startRequestSpan(input: Input, messagingSystem: string): Span {
  return trace.getTracer('meshpulse').startSpan('send requests', {
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

/** W3C `traceparent`, version 00, as record headers; empty when the span is not sampled. */
export function traceHeaders(context: SpanContext): Record<string, string> {
  if (!isSpanContextValid(context) || (context.traceFlags & TraceFlags.SAMPLED) === 0) return {};
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  return { traceparent: `00-${context.traceId}-${context.spanId}-${flags}` };
}

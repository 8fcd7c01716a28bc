import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { traceContextPropagator } from './traceparent.ts';

/** Headers of a stream record. */
export type Carrier = Readonly<Record<string, string>>;

/** The active (or given) trace context as record headers; empty without a sampled span. */
export function injectContext(from: Context = context.active()): Record<string, string> {
  const span = trace.getSpanContext(from);
  if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return {};
  const carrier: Record<string, string> = {};
  traceContextPropagator.inject(from, carrier, defaultTextMapSetter);
  return carrier;
}

/** The context that record headers carry; the root context when they carry none. */
export function extractContext(headers: Carrier | undefined): Context {
  return traceContextPropagator.extract(ROOT_CONTEXT, headers ?? {}, defaultTextMapGetter);
}

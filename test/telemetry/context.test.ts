import { ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extractContext, injectContext } from '../../src/telemetry/context.ts';
import { formatTraceparent, parseTraceparent } from '../../src/telemetry/traceparent.ts';

const SPAN: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
};
const HEADER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceparent', () => {
  test('is written and read as W3C says', () => {
    expect(formatTraceparent(SPAN)).toBe(HEADER);
    expect(parseTraceparent(HEADER)).toEqual({ ...SPAN, isRemote: true });
  });

  test('of a later version may say more, of this version not', () => {
    expect(parseTraceparent(HEADER.replace('00-', 'cc-').concat('-more'))?.traceId).toBe(
      SPAN.traceId,
    );
    expect(parseTraceparent(`${HEADER}-more`)).toBeNull();
  });

  test.each([
    '',
    'x',
    HEADER.replace('00-', 'ff-'),
    HEADER.replace(/0af7\w+/, '0'.repeat(32)),
    HEADER.replace('b7ad6b7169203331', '0'.repeat(16)),
    HEADER.toUpperCase(),
    HEADER.slice(0, -1),
  ])('%j is none', (text) => expect(parseTraceparent(text)).toBeNull());

  test('never throws, whatever arrives', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTraceparent(text)));
  });
});

describe('the context in record headers', () => {
  test('is that of the sampled span', () => {
    const headers = injectContext(trace.setSpanContext(ROOT_CONTEXT, SPAN));
    expect(headers).toEqual({ traceparent: HEADER });
    expect(trace.getSpanContext(extractContext(headers))).toEqual({ ...SPAN, isRemote: true });
  });

  test('keeps the trace state', () => {
    const headers = { traceparent: HEADER, tracestate: 'rojo=1,congo=2' };
    expect(injectContext(extractContext(headers))).toEqual(headers);
  });

  test('is empty without a span, and without a sampled one', () => {
    expect(injectContext(ROOT_CONTEXT)).toEqual({});
    expect(injectContext(trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags: 0 }))).toEqual(
      {},
    );
  });

  test('from elsewhere that makes no sense is no context', () => {
    for (const headers of [undefined, {}, { traceparent: 'x' }]) {
      expect(extractContext(headers)).toBe(ROOT_CONTEXT);
    }
  });
});

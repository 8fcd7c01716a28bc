import * as z from 'zod';

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const headers = z
  .string()
  .default('')
  .transform((text, context) => {
    const pairs = text.split(',').filter((pair) => pair.trim() !== '');
    return Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf('=');
        const value = decoded(pair.slice(at + 1).trim());
        if (at < 1 || value === null) {
          context.addIssue('must be name=value, percent-encoded, separated by commas');
        }
        return [pair.slice(0, at).trim(), value ?? ''];
      }),
    );
  });

/** Where the receiver's own traces go; for {@link readSettings}. Without an endpoint there are none. */
export const traceSettings = z
  .object({
    MESHPULSE_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
    MESHPULSE_OTLP_HEADERS: headers,
    MESHPULSE_TRACE_RATIO: z.coerce.number().min(0).max(1).default(0.01),
  })
  .transform((env) => ({
    endpoint: env.MESHPULSE_OTLP_ENDPOINT ?? null,
    headers: env.MESHPULSE_OTLP_HEADERS,
    sampleRatio: env.MESHPULSE_TRACE_RATIO,
  }));

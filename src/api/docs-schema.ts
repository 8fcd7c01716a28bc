/** The parts of a JSON Schema (as OpenAPI 3.1 has it) that the docs page shows. */
export interface SchemaView {
  $ref?: string;
  type?: string | string[];
  enum?: readonly unknown[];
  items?: SchemaView;
  properties?: Record<string, SchemaView>;
  anyOf?: SchemaView[];
  oneOf?: SchemaView[];
  allOf?: SchemaView[];
  description?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  format?: string;
}

/** A schema's type in a few words: `Breaker or null`, `list of Transition`, `integer`. */
export function typeText(schema: SchemaView): string {
  if (schema.$ref) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (parts) {
    const texts = parts.map(typeText).filter((text) => text !== 'any');
    return [...new Set(texts)].join(' or ');
  }
  if (schema.enum) return schema.enum.map(String).join(', ');
  const types = [schema.type ?? 'any'].flat();
  const texts = types.map((type) =>
    type === 'array' ? `list of ${typeText(schema.items ?? {})}` : type,
  );
  return texts.join(' or ');
}

/** `1 to 1000, else 100`; empty when there are no bounds. */
export function boundsText({ minimum, maximum, default: fallback }: SchemaView): string {
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : '';
  const standard = fallback === undefined ? '' : `${String(fallback)} when not given`;
  return [range, standard].filter((text) => text !== '').join('; ');
}

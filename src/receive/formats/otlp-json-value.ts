import { isObject, type JsonObject } from './json-scan.ts';

/** A member under its lowerCamelCase name or its name in the .proto. */
export function member(object: JsonObject, camel: string, snake: string): unknown {
  return object[camel] ?? object[snake];
}

/** An AnyValue in OTLP/JSON as plain JSON; null when it is unset, an array or not understood. */
export function jsonAnyValue(value: unknown): unknown {
  if (!isObject(value)) return null;
  const plain =
    member(value, 'stringValue', 'string_value') ??
    member(value, 'intValue', 'int_value') ??
    member(value, 'boolValue', 'bool_value') ??
    member(value, 'doubleValue', 'double_value');
  if (plain !== undefined && plain !== null) return typeof plain === 'object' ? null : plain;
  const pairs = member(value, 'kvlistValue', 'kvlist_value');
  if (isObject(pairs)) return attributesOfJson(pairs.values);
  return null;
}

/** A list of KeyValues as an object; what is none is passed over. */
export function attributesOfJson(list: unknown): JsonObject {
  const attributes: Record<string, unknown> = Object.create(null);
  if (!Array.isArray(list)) return attributes;
  for (const pair of list) {
    if (isObject(pair) && typeof pair.key === 'string') {
      attributes[pair.key] = jsonAnyValue(pair.value);
    }
  }
  return attributes;
}

/** The objects of concatenated JSON, up to the first that is not whole or not JSON. */
export function jsonObjectsIn(text: string): object[] {
  const objects: object[] = [];
  let start = 0;
  for (let end = endOfObject(text, start); end !== null; end = endOfObject(text, start)) {
    try {
      objects.push(JSON.parse(text.slice(start, end)));
    } catch {
      break;
    }
    start = end;
  }
  return objects;
}

/** Behind the brace that closes the first object from there on; null when there is none. */
function endOfObject(text: string, from: number): number | null {
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth <= 0) return at + 1;
  }
  return null;
}

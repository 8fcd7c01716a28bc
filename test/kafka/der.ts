/** As much of ASN.1's DER (X.690) as a certificate needs. */
export function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

export const sequence = (...items: Buffer[]): Buffer => tagged(0x30, Buffer.concat(items));
export const set = (item: Buffer): Buffer => tagged(0x31, item);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
export const bytes = (content: Buffer): Buffer => tagged(0x04, content);
export const bits = (content: Buffer): Buffer =>
  tagged(0x03, Buffer.concat([Buffer.from([0]), content]));
export const truth = tagged(0x01, Buffer.from([0xff]));
/** Positive: its first bit is 0 and its first byte is not. */
export const integer = (bigEndian: Buffer): Buffer => tagged(0x02, bigEndian);

export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, '');
  return tagged(0x17, Buffer.from(digits.slice(2)));
}

export function objectId(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first! * 40 + second!, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const septets = [arc & 0x7f];
  for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
  return septets;
}

/**
 * Doubles without loss: each is XORed with the one before it, and the bytes are stored plane by plane, all-zero planes left out.
 * Values that repeat or share sign, exponent and leading digits so become zeros, which cost nothing or compress well.
 */
import type { BodyReader } from './body-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { LIMITS } from './limits.ts';

const BYTES = 8;
const doubles = new DataView(new ArrayBuffer(BYTES * LIMITS.rows));
const plane = new Uint8Array(LIMITS.rows);

/** First value in 8 bytes, a mask of the planes that follow (bit 0 = lowest byte), the planes of the other values. Returns their bytes. */
export function writePlanes(writer: ByteWriter, values: Float64Array, count: number): number {
  const start = writer.length;
  for (let index = 0; index < count; index++) doubles.setFloat64(index * BYTES, values[index] as number, true);
  for (let byte = 0; byte < BYTES; byte++) writer.u8(doubles.getUint8(byte));
  let mask = 0;
  for (let byte = 0; byte < BYTES; byte++) if (fillPlane(byte, count)) mask |= 1 << byte;
  writer.u8(mask);
  for (let byte = 0; byte < BYTES; byte++) if (fillPlane(byte, count)) writer.bytes(plane.subarray(0, count - 1));
  return writer.length - start;
}

/** Whether the plane holds anything but zeros. */
function fillPlane(byte: number, count: number): boolean {
  let any = 0;
  for (let index = 1; index < count; index++) {
    const difference = doubles.getUint8(index * BYTES + byte) ^ doubles.getUint8((index - 1) * BYTES + byte);
    plane[index - 1] = difference;
    any |= difference;
  }
  return any !== 0;
}

/** Fills `out[0..count)`; any bytes are some doubles, so the caller checks the values. */
export function readPlanes(reader: BodyReader, out: Float64Array, count: number): void {
  const first = reader.take(BYTES);
  const mask = reader.u8();
  for (let byte = 0; byte < BYTES; byte++) {
    const start = (mask >> byte) & 1 ? reader.take(count - 1) : -1;
    let value = reader.source[first + byte] as number;
    doubles.setUint8(byte, value);
    for (let index = 1; index < count; index++) {
      if (start >= 0) value ^= reader.source[start + index - 1] as number;
      doubles.setUint8(index * BYTES + byte, value);
    }
  }
  for (let index = 0; index < count; index++) out[index] = doubles.getFloat64(index * BYTES, true);
}

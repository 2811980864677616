/** What one column of a stream is: its name, unit, kind and meaning. Codec, CSV, API and documentation all follow from it. */

/**
 * How a column's values are held in memory and on the wire.
 * - `i64`: 64-bit signed integer (`BigInt64Array`): clock readings and absolute differences of clocks
 * - `u64`: 64-bit unsigned integer (`BigUint64Array`): counters
 * - `int`: integer within +-(2^53 - 1) (`Float64Array`): differences
 * - `float`: double (`Float64Array`)
 * - `code`: one byte with a name for each value (`Uint8Array`)
 */
export type ColumnKind = 'i64' | 'u64' | 'int' | 'float' | 'code';

export type ColumnUnit = 'ns' | 'ppb' | 'ppm' | 's' | 'bytes' | 'count' | 'percent' | 'none';

export interface ColumnDeclaration {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly unit: ColumnUnit;
  /** One plain sentence, with the sign where there is one. */
  readonly meaning: string;
  /** True where a value may be missing: NaN for `int` and `float`. The other kinds are never missing. */
  readonly optional?: boolean;
  /** For `code`: the name of each value, by number. */
  readonly labels?: readonly string[];
}

export type ColumnValues = BigInt64Array | BigUint64Array | Float64Array | Uint8Array;

/** An empty column of `rows` values, of the array type that belongs to the kind. */
export function makeColumn(kind: ColumnKind, rows: number): ColumnValues {
  switch (kind) {
    case 'i64':
      return new BigInt64Array(rows);
    case 'u64':
      return new BigUint64Array(rows);
    case 'int':
    case 'float':
      return new Float64Array(rows);
    case 'code':
      return new Uint8Array(rows);
  }
}

/**
 * Golomb-Rice codes (R. F. Rice, JPL 79-22): value = quotient * 2^k + remainder; the quotient in ones ended by a zero, then k bits.
 * Sixteen ones without a zero mean that the whole value follows in 53 bits, so that an outlier costs 69 bits and not thousands.
 */
export const RICE_MAX_QUOTIENT = 16;
export const RICE_ESCAPE_BITS = 53;
/** Quotient, its end and remainder of the common case then come from one 32-bit load at any bit offset. */
export const RICE_MAX_K = 24;

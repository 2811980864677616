/** The addon's structs against those of linux/ptp_clock.h. Needs gcc and the kernel's headers, and is skipped without them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const COMPILER = 'gcc';
const folder = mkdtempSync(join(tmpdir(), 'ptp-abi-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The preloadable stand-in for the kernel; undefined where it cannot be compiled. */
function compileStandIn(): string | undefined {
  const library = join(folder, 'kernel.so');
  const source = join(import.meta.dirname, 'kernel-stand-in.c');
  try {
    execFileSync(COMPILER, ['-shared', '-fPIC', '-o', library, source], { stdio: 'pipe' });
    return library;
  } catch {
    return undefined; // no gcc or no headers: the test below is skipped and says so
  }
}

const library = compileStandIn();

/** What the addon makes of the stand-in's answers, from a process of its own. */
function readThroughStandIn(preload: string): unknown {
  const program = `
    import { openSync } from 'node:fs';
    import { loadNativeClocks } from ${JSON.stringify(join(import.meta.dirname, 'load-addon.ts'))};
    import { namePtpAttributes } from ${JSON.stringify(join(import.meta.dirname, 'ptp-attributes.ts'))};
    import { readPtpCaps } from ${JSON.stringify(join(import.meta.dirname, 'ptp-caps.ts'))};
    const native = loadNativeClocks();
    const fd = openSync('/dev/null', 'r');
    const read = (slots, call) => {
      const out = new BigInt64Array(slots);
      const errno = call(out);
      return { errno, raw: [out[0] > 0n, out[1] >= out[0]], readings: Array.from(out.subarray(2), String) };
    };
    const out = new BigInt64Array(9);
    const errno = native.readPtpAttributed(fd, 0, out);
    console.log(JSON.stringify({
      attributed: { errno, values: Array.from(out.subarray(0, 5), String), attributes: namePtpAttributes(out.subarray(5)) },
      attributedRaw: native.readPtpAttributed(fd, 4, out),
      extended: read(77, (out) => native.readPtpExtended(fd, 0, out)),
      extendedRaw: read(5, (out) => native.readPtpExtended(fd, 4, out)),
      basic: read(8, (out) => native.readPtpBasic(fd, out)),
      precise: read(5, (out) => native.readPtpPrecise(fd, out)),
      caps: readPtpCaps(native, fd),
    }));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: { LD_PRELOAD: preload },
  });
  return JSON.parse(text);
}

test.skipIf(library === undefined)("each field is where the kernel's header has it", () => {
  const readings = Array.from({ length: 25 }, (_, i) => [1, 2, 3].map((ns) => String((i + 1) * 1e9 + ns))).flat();
  expect(readThroughStandIn(library ?? '')).toEqual({
    extended: { errno: 0, raw: [true, true], readings },
    extendedRaw: { errno: 22, raw: [false, true], readings: ['0', '0', '0'] },
    attributed: {
      errno: 0,
      values: ['101', '103', '1000000001', '1000000002', '1000000003'],
      attributes: { errorBoundNs: 14_000, status: 'synchronized', timescale: 4 },
    },
    attributedRaw: 22,
    basic: {
      errno: 0,
      raw: [true, true],
      readings: ['1000000001', '1000000002', '1000000003', '1000000003', '1000000004', '1000000005'],
    },
    precise: { errno: 0, raw: [true, true], readings: ['1000000003', '1000000002', '1000000003'] },
    caps: {
      maxAdjustmentPpb: 11,
      alarms: 12,
      externalTimestamps: 13,
      periodicOutputs: 14,
      pps: true,
      pins: 16,
      crossTimestamping: true,
      extendedAttributes: true,
    },
  });
});

/** Faults of AWS by script, for the tests of the fleet: which calls fail, how, how often, and about which resources. */
import type { CallFaults } from './simulated-ec2.ts';
import { apiError, type World } from './simulated-world.ts';

export interface ScriptedFault {
  readonly action: string;
  /** Error code; absent: the answer is lost after the call was carried out. */
  readonly code?: string;
  readonly status?: number;
  /** How many calls; for ever when absent. */
  readonly times?: number;
  /** Only calls that name one of these: ids, names, subnets, instance types, or `#n` for the machine of index n. */
  readonly about?: readonly string[];
  /** Only after this long, ms. */
  readonly afterMs?: number;
  /** The request is carried out later, and nobody is told. */
  readonly late?: boolean;
}

class Script {
  readonly #world: World;
  readonly #begunAt: number;
  readonly #left: { readonly fault: ScriptedFault; times: number }[];

  constructor(world: World, faults: readonly ScriptedFault[]) {
    this.#world = world;
    this.#begunAt = world.now;
    this.#left = faults.map((fault) => ({ fault, times: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  take(action: string, ids: readonly string[], wanted: (fault: ScriptedFault) => boolean): ScriptedFault | null {
    const entry = this.#left.find(({ fault, times }) => times > 0 && wanted(fault) && this.#fits(fault, action, ids));
    if (entry === undefined) return null;
    entry.times -= 1;
    return entry.fault;
  }

  #fits({ action, about, afterMs = 0 }: ScriptedFault, called: string, ids: readonly string[]): boolean {
    if (action !== called && action !== '*') return false;
    if (this.#world.now - this.#begunAt < afterMs) return false;
    return about === undefined || about.some((one) => ids.includes(one) || ids.includes(this.#idOf(one)));
  }

  #idOf(name: string): string {
    const index = Number(name.slice(1));
    const machine = [...this.#world.machines.values()].find((one) => name.startsWith('#') && one.index === index);
    return machine?.id ?? name;
  }
}

export function scripted(...faults: readonly ScriptedFault[]): (world: World) => CallFaults {
  return (world) => {
    const script = new Script(world, faults);
    return {
      refuse: (action, ids) => {
        const fault = script.take(action, ids, ({ code }) => code !== undefined);
        return fault === null ? null : apiError(fault.code ?? '', fault.status ?? 400);
      },
      losesAnswer: (action) =>
        script.take(action, [], ({ code, late }) => code === undefined && late !== true) !== null,
      delays: (action) => script.take(action, [], ({ late }) => late === true) !== null,
    };
  };
}

/** The controller's own settings from command line, configuration file and defaults, in that order (pure). */
import type { ConfigFile } from '../../config/config-schema.ts';
import { type EffectiveOption, OptionChooser } from '../../config/option-chooser.ts';
import type { ControllerFlags } from '../command-line.ts';

/** The flags, and which of them stood on the command line rather than being defaults. */
export type GivenControllerFlags = ControllerFlags & { readonly given?: ReadonlySet<string> };

export interface ChosenController {
  readonly flags: ControllerFlags;
  readonly effective: readonly EffectiveOption[];
}

export function chooseControllerFlags(flags: GivenControllerFlags, { controller = {} }: ConfigFile): ChosenController {
  const chooser = new OptionChooser();
  const { given } = flags;
  const choose = (name: string, flag: 'data' | 'listen' | 'agentListen', file: string | undefined) =>
    chooser.choose(name, { flag: given?.has(flag) === true ? flags[flag] : undefined, file, fallback: flags[flag] });
  const data = choose('data', 'data', controller.data);
  const listen = choose('listen', 'listen', controller.listen);
  const agentListen = choose('agent_listen', 'agentListen', controller.agent_listen);
  const publicUrl = chooser.choose<string | null>('public_url', {
    flag: flags.publicUrl,
    file: controller.public_url,
    fallback: null,
  });
  const [retainFor, retainSize] = (
    [
      ['retain_for', flags.retainFor, controller.retain_for],
      ['retain_size', flags.retainSize, controller.retain_size],
    ] as const
  ).map(([name, flag, file]) => chooser.choose<string | null>(name, { flag, file, fallback: null }) ?? undefined);
  const tls = {
    retainFor,
    retainSize,
    tlsCert: flags.tlsCert ?? controller.tls_cert,
    tlsKey: flags.tlsKey ?? controller.tls_key,
    tlsCa: flags.tlsCa ?? controller.tls_ca,
    publicUrl: publicUrl ?? undefined,
  };
  const present = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  return { flags: { ...flags, data, listen, agentListen, ...present }, effective: chooser.effective };
}

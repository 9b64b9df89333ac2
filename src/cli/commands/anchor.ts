import type { Config } from '../../config/config.ts';
import { chosenCloud, settingsFor } from '../../watchdog/cloud-access.ts';
import type { ExitCode } from '../../watchdog/failure.ts';
import { addressResource } from '../../wire/resource.ts';
import type { Context } from '../context.ts';

/** `ha-ip anchor`: what this host must have configured so that it answers at the address, for its cloud. */
export async function anchor(config: Config, context: Context): Promise<ExitCode> {
  const module = await chosenCloud(config).load();
  for (const address of config.addresses) {
    const lines = await module.anchor?.(
      settingsFor(config, addressResource(address)),
      AbortSignal.timeout(10_000),
    );
    context.stdout(`${(lines ?? onLoopback(address)).join('\n')}\n`);
  }
  return 0;
}

/** Where the cloud delivers packets to the shared address as they are. */
function onLoopback(address: string): string[] {
  const prefix = address.includes(':') ? 128 : 32;
  return [
    `# traffic arrives addressed to ${address}: every machine that may hold it needs it on its loopback interface`,
    `ip addr add ${address}/${prefix} dev lo`,
    '# for good, /etc/netplan/60-ha-ip.yaml (then netplan apply):',
    'network:',
    '  version: 2',
    '  ethernets:',
    '    lo:',
    '      match: {name: lo}',
    `      addresses: [${address}/${prefix}]`,
  ];
}

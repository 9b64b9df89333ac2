import type { ProviderSettings } from '../../src/ports/provider.ts';
import { isIPv6 } from '../../src/wire/address.ts';
import { addressOf } from '../kit/settings.ts';

/** Vultr hands packets over as they are, to an address with no gateway of its own: `lo` is a good place for it. */
export async function anchor(settings: ProviderSettings): Promise<string[]> {
  const address = addressOf(settings);
  const prefixed = `${address}/${isIPv6(address) ? 128 : 32}`;
  return [
    `# packets arrive addressed to ${address}: every machine that may hold it needs it on its ` +
      'loopback interface, for good;',
    '# who else holds it then does not matter, but a machine that does not hold it reaches itself there',
    `ip address add ${prefixed} dev lo`,
    '# with netplan, /etc/netplan/60-ha-ip.yaml (then: netplan apply):',
    'network:',
    '  version: 2',
    '  ethernets:',
    '    lo:',
    '      match: {name: lo}',
    `      addresses: [${prefixed}]`,
    '# with ifupdown, /etc/network/interfaces.d/ha-ip (then: ifup lo:ha):',
    'auto lo:ha',
    `iface lo:ha ${isIPv6(address) ? 'inet6' : 'inet'} static`,
    `    address ${prefixed}`,
  ];
}

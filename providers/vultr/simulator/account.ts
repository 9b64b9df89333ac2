import type { SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { isIPv6, isPrivate } from '../../../src/wire/address.ts';
import { addressesOf, byFamily, nameId, present, unique } from '../../kit/simulator-machines.ts';
import { type Call, found, pageOf } from './answers.ts';

const ACLS = [
  ...['manage_users', 'subscriptions_view', 'subscriptions', 'billing', 'support', 'provisioning', 'dns'],
  ...['abuse', 'upgrade', 'firewall', 'alerts', 'objstore', 'loadbalancer'],
];

export function get({ quirks }: Call): Reply {
  const { acls = ACLS } = quirks;
  const account = { name: 'Simulated', email: 'root@example.com', acls, balance: -1, pending_charges: 0 };
  return found({ account });
}

export function listFirewallGroups(call: Call): Reply {
  const names = unique([...call.cloud.instances.values()].flatMap(({ groups }) => groups));
  const groups = names.map((description) => {
    return { id: nameId(`firewall ${description}`), description, max_rule_count: 50 };
  });
  return pageOf(call, 'firewall_groups', groups);
}

/** A VPC for each network of NICs that has private addresses, all with the same range: ranges may overlap. */
export function listVpcs(call: Call): Reply {
  const all = [...call.cloud.instances.values()].flatMap((machine) =>
    privateNics(machine).map(({ network }) => [vpcId(network), { network, region: machine.zone }] as const),
  );
  const vpcs = [...new Map(all)].map(([id, { network, region }]) => {
    return { id, region, description: network, v4_subnet: '10.40.0.0', v4_subnet_mask: 20 };
  });
  return pageOf(call, 'vpcs', vpcs);
}

function privateNics({ nics }: SimInstance) {
  return nics.filter(({ addresses }) => addresses.some((ip) => !isIPv6(ip) && isPrivate(ip)));
}

function vpcId(network: string): string {
  return nameId(`vpc ${network}`);
}

export function listAttachments(call: Call): Reply {
  const { cloud, asked, quirks } = call;
  const which = quirks.attachmentId ?? 'id';
  const idOf = (machine: SimInstance, kind: string, own: boolean) =>
    own ? machine.id : nameId(`${kind} ${machine.id}`);
  const inside = present(cloud).filter((machine) =>
    privateNics(machine).some(({ network }) => vpcId(network) === asked.groups.id),
  );
  const attachments = inside.map((machine) => ({
    id: idOf(machine, 'attachment', which === 'id'),
    type: 'vps',
    ip: { v4: byFamily(addressesOf(machine)).internal },
    linked_subscription: { type: 'vps', id: idOf(machine, 'subscription', which === 'linked') },
  }));
  return pageOf(call, 'attachments', attachments);
}

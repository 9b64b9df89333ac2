/** What people want to do, in the order in which they want it; first in help and manual. */
export const EXAMPLES: readonly { readonly what: string; readonly run: string }[] = [
  {
    what: 'hold the address on the best live machine of three',
    run:
      'ha-ip -W -xi 198.51.100.50 -p 10.0.0.2,10.0.0.3 --api-key-file /etc/ha-ip/api-key ' +
      '--api-secret-file /etc/ha-ip/api-secret',
  },
  {
    what: 'the same for all machines of a security group, preferring this one',
    run: 'ha-ip -W -xi 198.51.100.50 -G load-balancer -P 1',
  },
  {
    what: 'validate the settings and the access to the cloud, without touching the address',
    run: 'ha-ip -W -n',
  },
  { what: 'hand it over to the best other machine for maintenance, and stand aside', run: 'ha-ip handover' },
  { what: 'give the address to this machine now', run: 'ha-ip -A -xi 198.51.100.50' },
  { what: 'take it away from this machine', run: 'ha-ip -D -xi 198.51.100.50' },
];

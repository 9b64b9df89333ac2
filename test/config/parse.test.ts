import { describe, expect, it } from 'vitest';
import * as parse from '../../src/config/parse.ts';

/** text → value, or null where it must be refused. */
type Cases = readonly (readonly [text: string, value: unknown])[];

function table(parser: parse.Parser<unknown>, cases: Cases) {
  it.each(cases)('%j is %j', (text, value) => {
    const parsed = parser(text);
    if (value === null) expect(parsed).toEqual({ ok: false, expected: expect.stringMatching(/\w/) });
    else expect(parsed).toEqual({ ok: true, value });
  });
}

describe('durations are milliseconds, bare numbers are seconds', () => {
  table(parse.duration(50, 15_000), [
    ['1', 1000],
    ['0.2', 200],
    ['.2', 200],
    ['200ms', 200],
    ['3s', 3000],
    ['3 s', 3000],
    ['0.05', 50],
    ['15', 15_000],
    ['0.25min', 15_000],
    ['0.04', null],
    ['49ms', null],
    ['15.01', null],
    ['1min', null],
    ['1m', null],
    ['1h', null],
    ['-1', null],
    ['1e3', null],
    ['', null],
    ['ms', null],
    ['NaN', null],
  ]);
  table(parse.duration(0, 120_000), [
    ['2min', 120_000],
    ['0', 0],
  ]);
  table(parse.longDuration(1_000, 86_400_000), [
    ['2h', 7_200_000],
    ['1.5 h', 5_400_000],
    ['30s', 30_000],
    ['24h', 86_400_000],
    ['25h', null],
    ['0h', null],
    ['h', null],
  ]);
  table(parse.durationOrNever(0, 60_000), [
    ['60', 60_000],
    ['61', null],
  ]);
  it('never is a value of its own', () => {
    expect(parse.durationOrNever(0, 1)('never')).toEqual({ ok: true, value: null });
  });
});

describe('durations are shown in the form that is read', () => {
  it.each([0, 1, 20, 50, 99, 200, 250, 1000, 1500, 3250, 60_000, 90_000, 120_000])('%d ms', (ms) => {
    expect(parse.duration(0, 3_600_000)(parse.showDuration(ms))).toEqual({ ok: true, value: ms });
  });
});

describe('a priority is whole and from 0 to 255', () => {
  table(parse.wholeNumber(0, 255), [
    ['0', 0],
    ['255', 255],
    ['256', null],
    ['-1', null],
    ['1.5', null],
    ['0x10', null],
    ['1e2', null],
    ['', null],
    ['ten', null],
  ]);
});

describe('an address to listen on', () => {
  table(parse.listenAddress, [
    [':12345', { port: 12_345 }],
    ['0.0.0.0:9', { port: 9 }],
    ['[::]:9', { port: 9 }],
    ['*:9', { port: 9 }],
    ['10.0.0.5:12345', { host: '10.0.0.5', port: 12_345 }],
    ['[2001:DB8::1]:9', { host: '2001:db8::1', port: 9 }],
    ['node1.example:9', { host: 'node1.example', port: 9 }],
    ['2001:db8::1:9', null],
    ['[10.0.0]:9', null],
    ['10.0.0.5', null],
    [':0', null],
    [':65536', null],
    [':', null],
    ['', null],
  ]);
});

describe('a machine is an address or a name', () => {
  table(parse.hostOrAddress, [
    ['10.0.0.2', '10.0.0.2'],
    ['2001:DB8::2', '2001:db8::2'],
    ['Node-2.Example', 'node-2.example'],
    ['node_2', 'node_2'],
    ['10.0.0', null],
    ['300.1.1.1', null],
    ['10.0.0.2:12345', null],
    ['a b', null],
    ['-a', null],
    ['', null],
  ]);
});

describe('a shared address', () => {
  table(parse.ipAddress, [
    ['198.51.100.50', '198.51.100.50'],
    ['198.51.100.50/32', '198.51.100.50'],
    ['2001:DB8::50/128', '2001:db8::50'],
    ['198.51.100.50/24', null],
    ['198.51.100', null],
    ['lb.example', null],
  ]);
});

describe('a group of the cloud', () => {
  table(parse.machineGroup(['tag', 'vpc', 'firewall']), [
    ['load-balancer', { name: 'load-balancer' }],
    ['tag:web', { kind: 'tag', name: 'web' }],
    ['vpc: main net', { kind: 'vpc', name: 'main net' }],
    ['firewall:fw', { kind: 'firewall', name: 'fw' }],
    ['other:x', { name: 'other:x' }],
    ['tag:', { name: 'tag:' }],
    ['', null],
  ]);
});

describe('the API is spoken to over TLS, except on this host', () => {
  table(parse.apiUrl, [
    ['https://api.exoscale.ch/compute', 'https://api.exoscale.ch/compute'],
    ['https://api.exoscale.ch/compute/', 'https://api.exoscale.ch/compute'],
    ['http://127.0.0.1:8080/client/api', 'http://127.0.0.1:8080/client/api'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://localhost', 'http://localhost'],
    ['http://10.0.0.1/compute', null],
    ['http://127.evil.example/', null],
    ['https://user:pass@api.exoscale.ch', null],
    ['https://api.exoscale.ch/?x=1', null],
    ['https://api.exoscale.ch/#x', null],
    ['ftp://api.exoscale.ch', null],
    ['api.exoscale.ch/compute', null],
    ['', null],
  ]);
});

describe('the network of the heartbeats', () => {
  table(parse.network, [
    ['private', 'private'],
    ['public', 'public'],
    ['10.0.0.0/24', { cidr: '10.0.0.0/24' }],
    ['2001:DB8::/64', { cidr: '2001:db8::/64' }],
    ['10.0.0.0/33', null],
    ['10.0.0.0', null],
    ['10.0.0.0/', null],
    ['10.0.0.0/8/8', null],
  ]);
});

describe('instance ids are compared in lower case', () => {
  table(parse.instanceId, [
    ['5F2504E0-4F89-41D3-9A0C-0305E82C3301', '5f2504e0-4f89-41d3-9a0c-0305e82c3301'],
    ['12345', '12345'],
    ['a b', null],
    ['../x', null],
    ['', null],
  ]);
});

describe('a secret is one line without blanks, and prints as stars', () => {
  it('is kept', () => {
    const parsed = parse.secret('canary');
    expect(parsed.ok && parsed.value.reveal()).toBe('canary');
    expect(JSON.stringify(parsed)).not.toContain('canary');
  });
  it.each(['', 'two words', 'two\nlines', 'nul\0', 'ünicode'])('%j is refused', (text) => {
    expect(parse.secret(text).ok).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import type { ProviderSettings } from '../../../src/ports/provider.ts';
import { addressResource } from '../../../src/wire/resource.ts';
import { exoscale, IP, keys } from './stage.ts';

describe('exoscale: settings', () => {
  const good: ProviderSettings = {
    resource: addressResource(IP),
    credentials: keys('k', 's'),
  };

  test.each([
    ['https://api-ch-gva-2.exoscale.com/v2', 'adds'],
    ['https://api-ch-gva-2.exoscale.com/v2/', 'adds'],
    ['https://api.example/compute', 'adds'],
    ['https://api.example/v1/', 'adds'],
    ['https://cloud.example:8443/client/api', 'refusedWhileHeld'],
    ['http://127.0.0.1:8080/client/api', 'refusedWhileHeld'],
  ])('the path of %s chooses: %s', (endpoint, associate) => {
    expect(exoscale.check({ ...good, endpoint })).toEqual([]);
    expect(exoscale.create({ ...good, endpoint }).traits).toEqual({ associate, fences: true, settleMs: 0 });
  });

  test.each([
    ['https://api.example/v3', /path \/v3/],
    ['http://api.example/compute', /https/],
    ['https://user:hunter2@api.example/compute', /no user name/],
    ['https://api.example/compute?x=1', /without \?/],
    ['api.example', /no URL/],
  ])('the endpoint %s is refused', (endpoint, expected) => {
    const lines = exoscale.check({ ...good, endpoint });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(expected);
    expect(lines[0]).not.toContain('hunter2');
  });

  test('all mistakes are reported together', () => {
    const lines = exoscale.check({
      resource: addressResource('nonsense'),
      credentials: {},
      endpoint: 'nowhere',
      instance: 'i-1',
      metadata: 'nowhere',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '--endpoint',
      '--metadata',
      '--address',
      '--api-key-file',
      '--api-secret-file',
      '--instance',
    ]);
  });
});

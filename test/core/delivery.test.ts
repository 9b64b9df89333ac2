import { describe, expect, it } from 'vitest';
import { active, fake, selfInstance } from './lab.ts';

describe('associated and reached by traffic are two things', () => {
  it('a holder to whom the cloud does not deliver says so once, and again only after it was well', () => {
    const lab = active({ peers: [fake('a', 30)] });
    let delivered: boolean | null = false;
    lab.answer = (call) =>
      call.kind === 'read'
        ? {
            ok: true,
            view: { holders: [selfInstance], pending: false, delivered, deliveryAdvice: 'restart it' },
          }
        : undefined;
    lab.run(120_000);
    expect(lab.alarms(/^not-delivered$/)).toHaveLength(1);
    expect(lab.reports.map(({ report }) => report)).toContainEqual({
      kind: 'condition',
      change: 'began',
      code: 'not-delivered',
      subject: '',
      facts: { advice: 'restart it' },
    });
    delivered = null;
    lab.run(60_000);
    delivered = false;
    lab.run(60_000);
    expect(lab.alarms(/^not-delivered$/)).toHaveLength(2);
    expect(lab.role).toBe('active'); // a sign is no reason to move the address
  });
});

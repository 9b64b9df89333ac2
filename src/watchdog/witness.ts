import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import type { IpAddress } from '../core/index.ts';
import { type Identity, type Provider, ProviderError } from '../ports/provider.ts';
import { Failure } from './failure.ts';

/**
 * What a witness has instead of a cloud (R23): it knows who it is by its own address among the voters, and is never
 * asked for anything else.
 */
export function createNoCloud(config: Config): Provider {
  const never = () => Promise.reject(new ProviderError('rejected', 'a witness knows no cloud'));
  return {
    name: 'witness',
    traits: { associate: 'moves', fences: false, settleMs: 0 },
    identify: async () => witnessIdentity(votingAddress(config)),
    read: never,
    describe: never,
    associate: never,
    dissociate: never,
  };
}

/** The address that the other voters know this machine by. */
function votingAddress({ voters, listen }: Config): IpAddress {
  const local = Object.values(networkInterfaces()).flatMap((list) => list?.map((one) => one.address) ?? []);
  const own = listen.host === undefined ? local : [listen.host];
  const voting = voters.find((voter) => own.includes(voter));
  if (voting !== undefined) return voting;
  throw new Failure(
    `--voter: expected an address of this machine among the voters, got ${voters.join(', ')}; it has ${own.join(', ')}`,
    { exitCode: 2 },
  );
}

/** The same in every life, and nobody else's: the clouds' ids are random. */
function witnessIdentity(address: IpAddress): Identity {
  const node = createHash('sha256').update(`ha-ip witness ${address}`).digest('hex').slice(0, 32);
  return {
    instance: '',
    node,
    zone: '',
    addresses: [{ ip: address, network: 'witness', private: false }],
  };
}

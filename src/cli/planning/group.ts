import { clouds as listed } from '../../../providers/index.ts';
import { checkEndpoint } from '../../../providers/kit/settings.ts';
import { readDmi } from '../../adapters/dmi.ts';
import type { Config } from '../../config/config.ts';
import { showDuration } from '../../config/parse.ts';
import type { Policy, Traits } from '../../core/index.ts';
import type { CloudDeclaration, ListedCloud } from '../../ports/cloud.ts';
import type { GroupSettings } from '../../sim/planning/plan.ts';
import { accountOf, chosenCloud, cloudHere } from '../../watchdog/cloud-access.ts';
import { Failure } from '../../watchdog/failure.ts';
import { newEpoch, policyFor } from '../../watchdog/policy.ts';
import { addressResource } from '../../wire/resource.ts';

type Budget = NonNullable<CloudDeclaration['budget']> & { readonly by: string };

/** The group of a configuration as the simulator is given it: everything but who is who. */
export interface PlannedGroup {
  readonly nodes: number;
  readonly provider: string;
  /** What its API allows, where it says so. */
  readonly budget?: Budget;
  readonly associate: Traits['associate'];
  readonly policy: GroupSettings;
  readonly grouped: boolean;
  /** Every machine votes, and the voters beyond the machines are witnesses. */
  readonly quorum: boolean;
  readonly witnesses: number;
}

const anyResource = addressResource('198.51.100.50');
const nowhere = { instance: 'planned', node: '0'.repeat(32), zone: 'planned', addresses: [] };

/**
 * Needs no credentials and asks no cloud. This machine may be excluded from the election: a plan is of those that are
 * not.
 */
export function plannedGroup(config: Config, nodes: number | undefined, clouds = listed): PlannedGroup {
  const cloud = plannedCloud(config, clouds);
  const traits = traitsOf(cloud, config);
  const all = policyFor(config, anyResource, nowhere, { traits }, newEpoch());
  const { voters } = config;
  const machines = nodes ?? usualNodes(config);
  return {
    nodes: machines,
    quorum: voters.length > 0,
    witnesses: Math.max(0, voters.length - machines),
    provider: cloud.name,
    ...(cloud.budget && { budget: { ...cloud.budget, by: cloud.title } }),
    associate: traits.associate,
    policy: { ...settingsOf(all), candidate: true },
    grouped: all.grouped,
  };
}

function usualNodes({ peers, voters }: Config): number {
  if (peers.length > 0) return peers.length + 1;
  return voters.length > 0 ? voters.length : 3;
}

/** What all machines have in common; who one of them is, and what it votes and checks, the simulator decides. */
function settingsOf(policy: Policy): GroupSettings {
  const { self, resource, traits, grouped, priority, configDigest, quorum, witness, checked, ...settings } =
    policy;
  return settings;
}

/** The cloud that is meant, or on which this machine is, or else some cloud. */
function plannedCloud(config: Config, clouds: readonly ListedCloud[]): ListedCloud {
  if (config.provider !== undefined) return chosenCloud(config, clouds);
  return cloudHere(clouds, readDmi()) ?? clouds[0]!;
}

function traitsOf(cloud: ListedCloud, config: Config): Traits {
  const mistakes = checkEndpoint(cloud.endpoint, config.endpoint);
  if (mistakes.length > 0) throw new Failure(mistakes.join('; '), { exitCode: 2 });
  return cloud.traits(accountOf(config));
}

const manners = {
  adds: 'associating adds a holder',
  moves: 'associating moves the address',
  refusedWhileHeld: 'associating is refused while held',
} as const;

/** One line on what is planned or simulated. */
export function described(group: PlannedGroup, deadMs: number): string {
  const { nodes, provider, associate, policy, quorum, witnesses } = group;
  const votes = quorum ? `, ${nodes + witnesses} voters` : '';
  return (
    `${nodes} machines${votes}, interval ${showDuration(policy.intervalMs)}, ratio ${policy.deadRatio}: ` +
    `dead after ${showDuration(deadMs)} of silence; ${provider}: ${manners[associate]}`
  );
}

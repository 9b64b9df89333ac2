import { providers } from "../../../providers/index.js";
import { readDmi } from "../../adapters/dmi.js";
import { showDuration } from "../../config/parse.js";
import { Secret } from "../../config/secret.js";
import { chosenModule } from "../../watchdog/cloud-access.js";
import { Failure } from "../../watchdog/failure.js";
import { newEpoch, policyFor } from "../../watchdog/policy.js";
const nowhere = { instance: 'planned', node: '0'.repeat(32), zone: 'planned', addresses: [] };
/** Needs no credentials and asks no cloud. This machine may be excluded from the election: a plan is of those that are not. */
export function plannedGroup(config, nodes) {
    const provider = config.provider ?? detected() ?? 'exoscale';
    const traits = traitsOf({ ...config, provider });
    const all = policyFor(config, '198.51.100.50', nowhere, { traits }, newEpoch());
    const { voters } = config;
    const machines = nodes ?? usualNodes(config);
    return {
        nodes: machines,
        quorum: voters.length > 0,
        witnesses: Math.max(0, voters.length - machines),
        provider,
        associate: traits.associate,
        policy: { ...settingsOf(all), candidate: true },
        grouped: all.grouped,
    };
}
function usualNodes({ peers, voters }) {
    if (peers.length > 0)
        return peers.length + 1;
    return voters.length > 0 ? voters.length : 3;
}
/** What all machines have in common; who one of them is, and what it votes and checks, the simulator decides. */
function settingsOf(policy) {
    const { self, address, traits, grouped, priority, configDigest, quorum, witness, checked, ...settings } = policy;
    return settings;
}
/** The cloud on which this machine is, if any. */
function detected() {
    const dmi = readDmi();
    return [...providers.values()].find((module) => module.isHere?.(dmi))?.name;
}
/** A provider is made with credentials that open nothing: it is asked for its traits, and makes no call. */
function traitsOf(config) {
    const module = chosenModule(config);
    const none = new Secret('none');
    const settings = {
        address: '198.51.100.50',
        ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
        ...{ apiKey: none, apiSecret: none, token: none },
    };
    const mistakes = module.check(settings);
    if (mistakes.length > 0)
        throw new Failure(mistakes.join('; '), { exitCode: 2 });
    return module.create(settings).traits;
}
const manners = {
    adds: 'associating adds a holder',
    moves: 'associating moves the address',
    refusedWhileHeld: 'associating is refused while held',
};
/** One line on what is planned or simulated. */
export function described(group, deadMs) {
    const { nodes, provider, associate, policy, quorum, witnesses } = group;
    const votes = quorum ? `, ${nodes + witnesses} voters` : '';
    return (`${nodes} machines${votes}, interval ${showDuration(policy.intervalMs)}, ratio ${policy.deadRatio}: ` +
        `dead after ${showDuration(deadMs)} of silence; ${provider}: ${manners[associate]}`);
}

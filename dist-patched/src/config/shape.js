/** Everything that is read, in the terms of the program; `cloud` is what the credentials tell. */
export function toConfig(values, { cloud, env, uid }) {
    const given = {
        instance: values.instance,
        group: values.group,
        provider: values.provider ?? cloud,
        apiKey: values['api-key'],
        apiSecret: values['api-secret'],
        token: values.token,
        endpoint: values.endpoint,
        metadata: values.metadata,
        isolatedTakeoverAfterMs: values['isolated-takeover-after'],
    };
    return freeze({
        ...withoutUnset(given),
        addresses: values.address,
        priority: values.priority,
        listen: values.listen,
        peers: values.peer,
        quorum: values.quorum ?? values.voter.length > 0,
        voters: values.quorum === false ? [] : values.voter,
        witness: values.witness,
        deadRatio: values['dead-ratio'],
        intervalMs: values.interval,
        network: values.network,
        preempt: values.preempt,
        preemptDelayMs: values['preempt-delay'],
        onStop: values['on-stop'],
        handoverTimeoutMs: values['handover-timeout'],
        restartBoundMs: values['restart-bound'],
        crashGraceMs: values['crash-grace'],
        foreign: values.foreign,
        neverHeardTakeoverAfterMs: values['never-heard-takeover-after'],
        candidate: values.candidate,
        health: {
            checks: [...values['check-tcp'], ...values['check-exec']],
            intervalMs: values['check-interval'],
            timeoutMs: values['check-timeout'],
            rise: values['check-rise'],
            fall: values['check-fall'],
        },
        stdout: values.stdout,
        verbose: values.verbose,
        logFormat: values['log-format'],
        runtimeDir: values['runtime-dir'] ?? usualRuntimeDir(env, uid),
        yes: values.yes,
    });
}
/** systemd may name several directories; the first is ours. */
function usualRuntimeDir(env, uid) {
    const [given = ''] = (env.RUNTIME_DIRECTORY ?? '').split(':');
    if (given !== '')
        return given;
    if (uid === 0)
        return '/run/ha-ip';
    const session = env.XDG_RUNTIME_DIR ?? '';
    return session === '' ? `/tmp/ha-ip-${uid}` : `${session}/ha-ip`;
}
function withoutUnset(record) {
    return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
/** Plain data all the way down, so that nobody changes a setting behind another's back. */
function freeze(value) {
    if (typeof value === 'object' && value !== null && Object.isFrozen(value) === false) {
        Object.freeze(value);
        for (const part of Object.values(value))
            freeze(part);
    }
    return value;
}

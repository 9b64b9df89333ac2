import { createHealth } from "../adapters/health.js";
export function watchHealth(config, say, emit) {
    let settings = config.health;
    let current = begin();
    function begin() {
        const health = createHealth({ settings, addresses: config.addresses, say });
        health.start(emit);
        return health;
    }
    return {
        follow(next) {
            if (JSON.stringify(next) === JSON.stringify(settings))
                return;
            current.stop();
            settings = next;
            current = begin();
        },
        checks: () => current.checks(),
        stop: () => current.stop(),
    };
}

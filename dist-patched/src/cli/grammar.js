import { OPTIONS } from "../config/options.js";
/** What the command line may be, with these commands. */
export function grammarOf(commands) {
    return { commands: commands.map((command) => ({ ...command, options: commandOptions(command) })) };
}
/** The options that a command takes: its share of the common ones, then its own. */
export function commandOptions({ uses, own, checkable }) {
    const common = Object.values(OPTIONS);
    const shared = common.filter(({ name }) => uses === undefined || uses.some((used) => used === name));
    return [...shared.filter(({ name }) => name !== 'check' || checkable), ...Object.values(own)];
}

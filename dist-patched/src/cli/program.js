import { Command as Commander, Option as CommanderOption } from 'commander';
import { version } from "../adapters/version.js";
import { commandOptions } from "./grammar.js";
import { commandHelp, programHelp } from "./output/help.js";
/** The commander program of these commands. It throws CommanderError where it would end the process. */
export function buildProgram(commands, { stdout, stderr }, chosen) {
    const program = new Commander('ha-ip')
        .version(`ha-ip ${version()}`)
        .exitOverride()
        .configureOutput({ writeOut: stdout, writeErr: stderr, outputError: () => { } })
        .configureHelp({ formatHelp: () => `${programHelp(commands)}\n` });
    for (const command of commands)
        addCommand(program, command, chosen);
    return program;
}
function addCommand(program, command, chosen) {
    const options = commandOptions(command);
    const built = program
        .command(command.name)
        .description(command.summary)
        .allowExcessArguments(false)
        .configureHelp({ formatHelp: () => `${commandHelp(command)}\n` });
    const flagsOf = options.flatMap((option) => commanderOptions(option).map((made) => [option, made]));
    for (const [, made] of flagsOf)
        built.addOption(made);
    for (const { name, optional } of command.operands ?? [])
        built.argument(optional ? `[${name}]` : `<${name}>`);
    built.action(() => chosen(command, readFlags(built.opts(), flagsOf), built.args));
}
/** Values stay texts, all of them, for the loader to read; a switch can be turned off. */
function commanderOptions({ name, kind, argument, summary }) {
    if (kind === 'switch')
        return [new CommanderOption(`--${name}`, summary), new CommanderOption(`--no-${name}`)];
    const option = new CommanderOption(`--${name} <${argument}>`, summary);
    return [option.argParser((text, before = []) => [...before, text])];
}
function readFlags(given, options) {
    const flags = {};
    for (const [{ name }, made] of options) {
        const value = given[made.attributeName()];
        if (value !== undefined)
            flags[name] = typeof value === 'boolean' ? [value ? 'on' : 'off'] : value;
    }
    return flags;
}

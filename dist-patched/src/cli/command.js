export function command(row) {
    const { load, check, ...rest } = row;
    return {
        ...rest,
        own: row.own ?? {},
        checkable: check !== undefined,
        run: async (config, context, own) => (await load())(config, context, own),
        check: async (config, context) => (await (check ?? load)())(config, context, {}),
    };
}

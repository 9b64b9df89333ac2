/** A failure of the world, with what the election needs to know of it. The message is one line without secrets. */
export class ProviderError extends Error {
    name = 'ProviderError';
    kind;
    mayHaveHappened;
    retryAfterMs;
    constructor(kind, message, options = {}) {
        super(message, { cause: options.cause });
        this.kind = kind;
        this.mayHaveHappened = options.mayHaveHappened ?? false;
        this.retryAfterMs = options.retryAfterMs;
    }
}

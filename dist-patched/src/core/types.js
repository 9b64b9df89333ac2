/**
 * The vocabulary of the election: plain data only, so that status, transcripts and bug reports print it as it is.
 * Nothing here knows a cloud, a socket or a clock. All durations and instants are milliseconds.
 */
export {};

import type { Loaded, Setting } from '../config/load.ts';

/** The process around a run; nothing else of it concerns a command. */
export interface Surroundings {
  /** For results. Writes the text as it is: the caller ends its lines. */
  readonly stdout: (text: string) => void;
  /** For messages. */
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As it was typed, without node and the script. */
  readonly argv: readonly string[];
  /** Whether results may be coloured. */
  readonly colour: boolean;
  /** Whether results go to a terminal, so that progress may be shown. */
  readonly isTTY: boolean;
}

/** What a command is given beside its configuration. */
export interface Context extends Surroundings {
  /** Every setting with its value and where it came from; a secret shows as `***`. */
  readonly settings: readonly Setting[];
  /** Reads flags, environment and file again, as SIGHUP asks. */
  readonly reload: () => Loaded;
  /** The words that followed the command. */
  readonly operands: readonly string[];
}

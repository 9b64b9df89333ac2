import { errorCode, type ReadFile, readingFailure } from './files.ts';
import type { Option } from './option.ts';

/** Options by name as the command line gave them; a switch is `on` or `off`. */
export type Flags = Readonly<Record<string, readonly string[]>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** What one place says of one option. */
export interface Found {
  readonly texts: readonly string[];
  /** Where it came from, in words that follow "from". */
  readonly origin: string;
  /** The cloud whose variable it is. */
  readonly cloud?: string;
}

/** One place that settings come from: everything it says of an option, what counts first. */
export type Layer = (option: Option<unknown>) => readonly Found[];

/** What was found wrong on the way; `warnings` stop nothing. */
export interface Problems {
  readonly mistakes: string[];
  readonly warnings: string[];
}

export function flagLayer(flags: Flags): Layer {
  return ({ name }) => {
    const texts = flags[name];
    return texts === undefined ? [] : [{ texts, origin: 'the command line' }];
  };
}

/** An empty variable is an unset one: ifupdown and systemd hand over such. */
export function environmentLayer(env: Environment): Layer {
  return (option) =>
    option.variables.flatMap((name) => {
      const text = env[name]?.trim() ?? '';
      if (text === '') return [];
      const cloud = option.owners[name];
      return [{ texts: [text], origin: name, ...(cloud === undefined ? {} : { cloud }) }];
    });
}

/**
 * What systemd's LoadCredential= hands over: files that only this service sees, so their modes do not matter
 * (systemd.exec(5), Credentials). A file is named as its option.
 */
export function credentialLayer(env: Environment, readFile: ReadFile, problems: Problems): Layer {
  const directory = env.CREDENTIALS_DIRECTORY;
  return ({ name, secret }) => {
    if (!secret || directory === undefined || directory === '') return [];
    const path = `${directory}/${name}`;
    try {
      return [{ texts: [readFile(path).text], origin: path }];
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      problems.mistakes.push(`--${name}: expected a readable file ${path}, got: ${readingFailure(error)}`);
      return [];
    }
  };
}

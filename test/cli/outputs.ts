import type { Output } from '../../src/cli/status.ts';

/** Both outputs of a command, kept as text. */
export function outputs() {
  let out = '';
  let err = '';
  const output: Output = {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  };
  const forget = () => {
    out = '';
    err = '';
  };
  return { output, stdout: () => out, stderr: () => err, forget };
}

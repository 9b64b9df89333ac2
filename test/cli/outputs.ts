/** Both outputs of a command, kept as text. */
export function outputs() {
  let out = '';
  let err = '';
  const context = {
    stdout: (text: string) => {
      out += text;
    },
    stderr: (text: string) => {
      err += text;
    },
    colour: false,
  };
  const forget = () => {
    out = '';
    err = '';
  };
  return { context, stdout: () => out, stderr: () => err, forget };
}

// Control sequences of terminals: those that begin with CSI, with OSC up to its end, and those of two characters.
// eslint-disable-next-line no-control-regex
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g

/** Text without what only a terminal understands; of a line that was written over, its last state. Pure. */
export function stripAnsi(text: string): string {
  return text
    .replaceAll(sequences, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/^[^\n]*\r/gm, '')
}

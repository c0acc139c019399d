import { isAtLeast } from './version.ts'

interface Pythons {
  readonly name: 'torch' | 'tensorflow'
  /** The first version that these hold for. */
  readonly since: string
  readonly first: string
  readonly last: string
}

function row(name: Pythons['name'], since: string, first: string, last: string): Pythons {
  return { name, since, first, last }
}

/** For which Pythons there are wheels for Linux on x86: the file names that PyPI lists, measured. In order. */
const pythons: readonly Pythons[] = [
  row('torch', '1.11.0', '3.7', '3.10'),
  row('torch', '1.13.0', '3.7', '3.11'),
  row('torch', '2.0.0', '3.8', '3.11'),
  row('torch', '2.2.0', '3.8', '3.12'),
  row('torch', '2.5.0', '3.9', '3.13'),
  row('torch', '2.9.0', '3.10', '3.14'),
  row('torch', '2.15.0', '3.11', '3.15'),
  row('tensorflow', '2.4.0', '3.6', '3.8'),
  row('tensorflow', '2.5.0', '3.6', '3.9'),
  row('tensorflow', '2.7.0', '3.7', '3.9'),
  row('tensorflow', '2.8.0', '3.7', '3.10'),
  row('tensorflow', '2.12.0', '3.8', '3.11'),
  row('tensorflow', '2.14.0', '3.9', '3.11'),
  row('tensorflow', '2.16.0', '3.9', '3.12'),
  row('tensorflow', '2.20.0', '3.9', '3.13'),
  row('tensorflow', '2.21.0', '3.10', '3.13'),
]

/** The first and last Python that a version has wheels for; `undefined` where nobody measured it. */
export function pythonsOf(
  name: Pythons['name'],
  version: string,
): { readonly first: string; readonly last: string } | undefined {
  return pythons.findLast((one) => one.name === name && isAtLeast(version, one.since))
}

export interface TorchBuild {
  readonly version: string
  /** The variant as its index names it: `cpu`, `cu118`. */
  readonly variant: string
  readonly cuda?: string
  /** Machine code in the build, as `80`; absent where nobody measured it. */
  readonly sm?: readonly string[]
  readonly ptx?: readonly string[]
  /** PyPI serves this variant when only the version is asked for. */
  readonly pypi?: true
}

interface Code {
  readonly sm?: string
  readonly ptx?: string
  readonly pypi?: true
}

function build(version: string, variant: string, { sm, ptx, pypi }: Code = {}): TorchBuild {
  const digits = /^cu(\d+)(\d)$/.exec(variant)
  return {
    version,
    variant,
    ...(digits && { cuda: `${digits[1]}.${digits[2]}` }),
    ...(sm !== undefined && { sm: sm.split(' ') }),
    ...(ptx !== undefined && { ptx: ptx.split(' ') }),
    ...(pypi && { pypi }),
  }
}

const until8 = '37 50 60 70 75 80 86'
const until9 = '50 60 70 75 80 86 90'
const from70 = '70 75 80 86 90 100 120'
const from75 = '75 80 86 90 100 120'

/**
 * Builds of torch. Which variants exist: the list that cog keeps of the PyTorch indexes. Code: for `pypi` rows the arch
 * string in libtorch_python.so of the wheel, measured; for the others cog's measurement and, for 2.11, PyTorch's support matrix.
 */
export const torchBuilds: readonly TorchBuild[] = [
  build('1.11.0', 'cpu'),
  build('1.11.0', 'cu102'),
  build('1.11.0', 'cu113'),
  build('1.12.0', 'cpu'),
  build('1.12.0', 'cu102'),
  build('1.12.0', 'cu113'),
  build('1.12.0', 'cu116'),
  build('1.12.1', 'cpu'),
  build('1.12.1', 'cu102'),
  build('1.12.1', 'cu113'),
  build('1.12.1', 'cu116'),
  build('1.13.0', 'cpu'),
  build('1.13.0', 'cu116'),
  build('1.13.0', 'cu117'),
  build('1.13.1', 'cpu'),
  build('1.13.1', 'cu116'),
  build('1.13.1', 'cu117', { sm: until8, pypi: true }),
  build('2.0.0', 'cpu'),
  build('2.0.0', 'cu118'),
  build('2.0.0', 'cu117', { pypi: true }),
  build('2.0.1', 'cpu'),
  build('2.0.1', 'cu117', { sm: until8, pypi: true }),
  build('2.0.1', 'cu118', { sm: '37 50 60 70 75 80 86 90' }),
  build('2.1.0', 'cpu'),
  build('2.1.0', 'cu118'),
  build('2.1.0', 'cu121'),
  build('2.1.1', 'cpu'),
  build('2.1.1', 'cu118'),
  build('2.1.1', 'cu121'),
  build('2.1.2', 'cpu'),
  build('2.1.2', 'cu118'),
  build('2.1.2', 'cu121', { sm: until9, pypi: true }),
  build('2.2.0', 'cpu'),
  build('2.2.0', 'cu118'),
  build('2.2.0', 'cu121'),
  build('2.2.1', 'cpu'),
  build('2.2.1', 'cu118'),
  build('2.2.1', 'cu121'),
  build('2.2.2', 'cpu'),
  build('2.2.2', 'cu118'),
  build('2.2.2', 'cu121', { sm: until9, pypi: true }),
  build('2.3.0', 'cpu'),
  build('2.3.0', 'cu118'),
  build('2.3.0', 'cu121'),
  build('2.3.1', 'cpu'),
  build('2.3.1', 'cu118'),
  build('2.3.1', 'cu121', { sm: until9, pypi: true }),
  build('2.4.0', 'cpu'),
  build('2.4.0', 'cu118'),
  build('2.4.0', 'cu121'),
  build('2.4.0', 'cu124'),
  build('2.4.1', 'cpu'),
  build('2.4.1', 'cu118'),
  build('2.4.1', 'cu121', { sm: until9, pypi: true }),
  build('2.4.1', 'cu124', { sm: until9 }),
  build('2.5.0', 'cpu'),
  build('2.5.0', 'cu118'),
  build('2.5.0', 'cu121'),
  build('2.5.0', 'cu124'),
  build('2.5.1', 'cpu'),
  build('2.5.1', 'cu118'),
  build('2.5.1', 'cu121'),
  build('2.5.1', 'cu124', { sm: until9, pypi: true }),
  build('2.6.0', 'cpu'),
  build('2.6.0', 'cu118'),
  build('2.6.0', 'cu124', { sm: until9, pypi: true }),
  build('2.6.0', 'cu126', { sm: until9 }),
  build('2.7.0', 'cpu'),
  build('2.7.0', 'cu118'),
  build('2.7.0', 'cu126'),
  build('2.7.0', 'cu128', { sm: from75, ptx: '120' }),
  build('2.7.1', 'cpu'),
  build('2.7.1', 'cu118'),
  build('2.7.1', 'cu126', { sm: until9, pypi: true }),
  build('2.7.1', 'cu128'),
  build('2.8.0', 'cpu'),
  build('2.8.0', 'cu126'),
  build('2.8.0', 'cu128', { sm: from70, pypi: true }),
  build('2.8.0', 'cu129'),
  build('2.9.0', 'cpu'),
  build('2.9.0', 'cu126'),
  build('2.9.0', 'cu128'),
  build('2.9.0', 'cu130'),
  build('2.9.1', 'cpu'),
  build('2.9.1', 'cu126'),
  build('2.9.1', 'cu128', { sm: from70, pypi: true }),
  build('2.9.1', 'cu130'),
  build('2.10.0', 'cpu'),
  build('2.10.0', 'cu126'),
  build('2.10.0', 'cu128', { sm: from70, pypi: true }),
  build('2.10.0', 'cu130'),
  build('2.11.0', 'cpu'),
  build('2.11.0', 'cu126', { sm: until9 }),
  build('2.11.0', 'cu128', { sm: from75 }),
  build('2.11.0', 'cu129'),
  build('2.11.0', 'cu130', { sm: from75, pypi: true }),
  build('2.12.1', 'cu130', { sm: from75, pypi: true }),
  build('2.13.0', 'cu130', { sm: from75, pypi: true }),
  build('2.14.1', 'cu130', { sm: from75, pypi: true }),
  build('2.15.0', 'cu132', { sm: from75, pypi: true }),
]

import { minorOf } from './version.ts'

/**
 * Targets that ptxas of a toolkit compiles for, as `75` or `90a`, and the version of its PTX. From 11.7 on they are
 * measured with the ptxas of each toolkit; before, they follow CMake's list of CUDA architectures.
 */
export interface ToolkitTargets {
  readonly toolkit: string
  readonly ptx: string
  readonly targets: readonly string[]
}

const row = (toolkit: string, ptx: string, targets: string): ToolkitTargets => ({
  toolkit,
  ptx,
  targets: targets.split(' '),
})

export const toolkitTargets: readonly ToolkitTargets[] = [
  row('11.0', '7.0', '35 37 50 52 53 60 61 62 70 72 75 80'),
  row('11.1', '7.1', '35 37 50 52 53 60 61 62 70 72 75 80 86'),
  row('11.2', '7.2', '35 37 50 52 53 60 61 62 70 72 75 80 86'),
  row('11.3', '7.3', '35 37 50 52 53 60 61 62 70 72 75 80 86'),
  row('11.4', '7.4', '35 37 50 52 53 60 61 62 70 72 75 80 86 87'),
  row('11.5', '7.5', '35 37 50 52 53 60 61 62 70 72 75 80 86 87'),
  row('11.6', '7.6', '35 37 50 52 53 60 61 62 70 72 75 80 86 87'),
  row('11.7', '7.7', '35 37 50 52 53 60 61 62 70 72 75 80 86 87'),
  row('11.8', '7.8', '35 37 50 52 53 60 61 62 70 72 75 80 86 87 89 90'),
  row('12.0', '8.0', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.1', '8.1', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.2', '8.2', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.3', '8.3', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.4', '8.4', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.5', '8.5', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.6', '8.5', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a'),
  row('12.8', '8.7', '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a 100 100a 101 101a 120 120a'),
  row(
    '12.9',
    '8.8',
    '50 52 53 60 61 62 70 72 75 80 86 87 89 90 90a 100 100a 100f 101 101a 101f 103 103a 103f 120 120a 120f 121 121a 121f',
  ),
  row(
    '13.0',
    '9.0',
    '75 80 86 87 88 89 90 90a 100 100a 100f 103 103a 103f 110 110a 110f 120 120a 120f 121 121a 121f',
  ),
  row(
    '13.1',
    '9.1',
    '75 80 86 87 88 89 90 90a 100 100a 100f 103 103a 103f 110 110a 110f 120 120a 120f 121 121a 121f',
  ),
  row(
    '13.2',
    '9.2',
    '75 80 86 87 88 89 90 90a 100 100a 100f 103 103a 103f 110 110a 110f 120 120a 120f 121 121a 121f',
  ),
  row(
    '13.3',
    '9.3',
    '75 80 86 87 88 89 90 90a 100 100a 100f 103 103a 103f 110 110a 110f 120 120a 120f 121 121a 121f',
  ),
  row(
    '13.4',
    '9.4',
    '75 80 86 87 88 89 90 90a 100 100a 100f 103 103a 103f 107 107a 107f 110 110a 110f 120 120a 120f 121 121a 121f',
  ),
  row(
    '13.5',
    '9.5',
    '75 80 86 87 88 89 90 90a 100 100a 100f 103 103a 103f 107 107a 107f 110 110a 110f 120 120a 120f 121 121a 121f',
  ),
]

/** `undefined` for a toolkit before 11.0 or after this table. */
export function findTargets(cuda: string): ToolkitTargets | undefined {
  return toolkitTargets.find(({ toolkit }) => toolkit === minorOf(cuda))
}

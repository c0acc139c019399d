/**
 * What each compute capability needs. `native` is the first toolkit that compiles for it, `last` the last one, `branch`
 * the last driver branch that runs it.
 *
 * Toolkits: targets that ptxas of each toolkit accepts, measured from 11.7 on; older ones by CMake's list of CUDA
 * architectures. Branches: NVIDIA's announcements (470 ends Kepler, 580 ends Maxwell, Pascal and Volta), not measured.
 */
export interface Capability {
  readonly capability: string
  readonly architecture: string
  readonly native: string
  readonly last?: string
  readonly branch?: number
}

export const capabilities: readonly Capability[] = [
  { capability: '3.5', architecture: 'Kepler', native: '5.0', last: '11.8', branch: 470 },
  { capability: '3.7', architecture: 'Kepler', native: '6.5', last: '11.8', branch: 470 },
  { capability: '5.0', architecture: 'Maxwell', native: '6.0', last: '12.9', branch: 580 },
  { capability: '5.2', architecture: 'Maxwell', native: '7.0', last: '12.9', branch: 580 },
  { capability: '6.0', architecture: 'Pascal', native: '8.0', last: '12.9', branch: 580 },
  { capability: '6.1', architecture: 'Pascal', native: '8.0', last: '12.9', branch: 580 },
  { capability: '7.0', architecture: 'Volta', native: '9.0', last: '12.9', branch: 580 },
  { capability: '7.5', architecture: 'Turing', native: '10.0' },
  { capability: '8.0', architecture: 'Ampere', native: '11.0' },
  { capability: '8.6', architecture: 'Ampere', native: '11.1' },
  { capability: '8.7', architecture: 'Ampere (Orin)', native: '11.4' },
  { capability: '8.8', architecture: 'Ampere', native: '13.0' },
  { capability: '8.9', architecture: 'Ada', native: '11.8' },
  { capability: '9.0', architecture: 'Hopper', native: '11.8' },
  { capability: '10.0', architecture: 'Blackwell', native: '12.8' },
  {
    capability: '10.1',
    architecture: 'Blackwell (Thor before 13.0)',
    native: '12.8',
    last: '12.9',
  },
  { capability: '10.3', architecture: 'Blackwell Ultra', native: '12.9' },
  { capability: '10.7', architecture: 'after Blackwell', native: '13.4' },
  { capability: '11.0', architecture: 'Blackwell (Thor)', native: '13.0' },
  { capability: '12.0', architecture: 'Blackwell RTX', native: '12.8' },
  { capability: '12.1', architecture: 'Blackwell GB10', native: '12.9' },
]

const byCapability = new Map(capabilities.map((row) => [row.capability, row]))

/** `undefined` for a capability that is newer than this table. */
export function findCapability(capability: string): Capability | undefined {
  return byCapability.get(capability)
}

import type { z } from 'zod'
import type { packageLists } from './wire/packages.ts'
import type { FailureCode } from './failure.ts'

export type SubmittedPackages = z.infer<typeof packageLists>

/** What is put on a base, each item in its one normal form and in order. */
export interface PackageLists {
  readonly apt: readonly string[]
  readonly pip: readonly string[]
  /** Versions of what pip installs besides, if it does: of a lock. */
  readonly pip_constraints: readonly string[]
  readonly conda: readonly string[]
  /** The first goes before the others. */
  readonly conda_channels: readonly string[]
}
export type PackageKind = 'apt' | 'pip' | 'conda'

/**
 * How a step that installs packages ends when it knows why. Between the codes that package managers use themselves and
 * those that a shell gives for signals.
 */
export const packageExits = {
  81: 'packages_no_apt',
  82: 'packages_no_python',
  83: 'packages_no_pip',
  84: 'packages_python_managed',
  85: 'packages_no_conda',
  86: 'packages_held',
  87: 'packages_unreachable',
} as const satisfies Record<number, FailureCode>

export type PackageFailure = (typeof packageExits)[keyof typeof packageExits]

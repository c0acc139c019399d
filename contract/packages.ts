import type { z } from 'zod'
import type { packageLists } from './wire/packages.ts'
import type { FailureCode } from './failure.ts'

/** Packages to put on a base: as they were submitted or, once they are read, each in its one normal form and in order. */
export type PackageLists = z.infer<typeof packageLists>
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

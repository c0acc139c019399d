import { satisfies } from '@renovatebot/pep440'
import { pythonsOf } from '../cuda/tables/framework-pythons.ts'
import { tensorflowBuilds } from '../cuda/tables/tensorflow.ts'
import { torchBuilds } from '../cuda/tables/torch.ts'
import { compareVersions, isAtLeast } from '../cuda/tables/version.ts'

export type FrameworkName = 'torch' | 'tensorflow'

/** A build for CUDA that the tables know. */
export interface FrameworkBuild {
  readonly name: FrameworkName
  readonly version: string
  readonly cuda: string
  readonly sm: readonly string[] | undefined
  readonly ptx: readonly string[] | undefined
  /** What asks pip for exactly this one. */
  readonly requirement: string
  /** It is what the index gives to who asks for the version alone. */
  readonly isUsual: boolean
}

const builds: readonly FrameworkBuild[] = [
  ...torchBuilds.flatMap(({ version, variant, cuda, sm, ptx, pypi }) =>
    cuda === undefined
      ? []
      : [
          {
            name: 'torch' as const,
            version,
            cuda,
            sm,
            ptx,
            requirement: `torch==${version}${pypi ? '' : `+${variant}`}`,
            isUsual: pypi === true,
          },
        ],
  ),
  ...tensorflowBuilds.map(({ version, cuda, sm, ptx }) => ({
    name: 'tensorflow' as const,
    version,
    cuda,
    sm,
    ptx,
    requirement: `tensorflow==${version}`,
    isUsual: true,
  })),
].toSorted((a, b) => compareVersions(b.version, a.version))

/** Those of a framework, the newest first. */
export function buildsOf(framework: FrameworkName): readonly FrameworkBuild[] {
  return builds.filter(({ name }) => name === framework)
}

/** Those that a requirement in its normal form allows: with a variant such as `+cu118` only that, else what the index gives. */
export function buildsFor(
  framework: FrameworkName,
  requirement: string,
): readonly FrameworkBuild[] {
  const [wanted = ''] = requirement.split(' ; ')
  const versions = wanted.replace(/^[a-z0-9-]+(\[[^\]]*\])?/, '')
  const [, variant] = /\+([a-z0-9.]+)/.exec(versions) ?? []
  const allowed = versions.replaceAll(/\+[a-z0-9.]+/g, '')
  return buildsOf(framework).filter((build) => {
    if (allowed !== '' && !satisfies(build.version, allowed)) return false
    return variant === undefined ? build.isUsual : build.requirement.endsWith(`+${variant}`)
  })
}

/** Also where nobody knows the Python, or for which ones there are builds. */
export function fitsPython({ name, version }: FrameworkBuild, python: string | undefined): boolean {
  const range = pythonsOf(name, version)
  if (python === undefined || range === undefined) return true
  return isAtLeast(python, range.first) && isAtLeast(range.last, python)
}

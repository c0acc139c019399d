import type { Framework, ImageFacts } from '#contract/image-facts.ts'
import { findCapability } from '../tables/capabilities.ts'
import { jitFrameworks } from '../tables/jit-frameworks.ts'
import type { Suggestion } from '../tables/suggestions.ts'
import { tensorflowBuilds } from '../tables/tensorflow.ts'
import { toolkitDrivers } from '../tables/toolkit-drivers.ts'
import { toolkitTargets } from '../tables/toolkit-targets.ts'
import { torchBuilds } from '../tables/torch.ts'
import { compareVersions, majorOf } from '../tables/version.ts'
import { judge } from './judge.ts'
import { isRunning } from './judgement.ts'
import { type NodeClass, withDriver } from './node-class.ts'
import { lowestDriver } from './rules/driver.ts'
import { baseCuda, stacksOf } from './stacks.ts'

/** A change together with what image and node would then be. */
interface Candidate {
  readonly suggestion: Suggestion
  readonly facts: ImageFacts
  readonly node: NodeClass
}

/**
 * The smallest single change with which an image would run on a node, computed from the tables and judged like the
 * image itself. `undefined` when it runs already, and when no single change that they know is enough.
 */
export function suggest(facts: ImageFacts, node: NodeClass): Suggestion | undefined {
  const { verdict } = judge(facts, node)
  if (isRunning(verdict) || verdict === 'not_gpu') return undefined
  return candidates(facts, node).find((each) => isRunning(judge(each.facts, each.node).verdict))
    ?.suggestion
}

/** From the smallest change to the largest: no rebuild, the same framework, another version of it, another base. */
function candidates(facts: ImageFacts, node: NodeClass): readonly Candidate[] {
  return [
    ...withoutStubs(facts, node),
    ...otherDrivers(facts, node),
    ...facts.frameworks.flatMap((framework) => otherFrameworks(framework, facts, node)),
    ...otherBases(facts, node),
  ]
}

function withoutStubs(facts: ImageFacts, node: NodeClass): readonly Candidate[] {
  const path = facts.stubs.find(({ reached }) => reached)?.path.replace(/\/[^/]*$/, '')
  if (path === undefined) return []
  return [
    { suggestion: { code: 'NO_STUBS', params: { path } }, facts: { ...facts, stubs: [] }, node },
  ]
}

function otherDrivers(facts: ImageFacts, node: NodeClass): readonly Candidate[] {
  const needed = stacksOf(facts).map(({ cuda }) => lowestDriver(cuda))
  const driver = needed.toSorted(compareVersions).at(-1)
  const newer: readonly Candidate[] =
    driver === undefined || compareVersions(driver, node.driver) <= 0
      ? []
      : [
          {
            suggestion: { code: 'NEWER_DRIVER', params: { driver } },
            facts,
            node: withDriver(node, driver),
          },
        ]
  const branch = findCapability(node.capability)?.branch
  const last = toolkitDrivers.findLast(
    (row) => row.driver && majorOf(row.driver) === branch,
  )?.driver
  if (branch === undefined || last === undefined || majorOf(node.driver) <= branch) return newer
  const older = { code: 'OLDER_DRIVER', params: { branch } } as const
  return [...newer, { suggestion: older, facts, node: withDriver(node, last) }]
}

function otherFrameworks(
  framework: Framework,
  facts: ImageFacts,
  node: NodeClass,
): readonly Candidate[] {
  const change = (suggestion: Suggestion, other: Framework): Candidate => {
    const frameworks = facts.frameworks.map((each) => (each === framework ? other : each))
    return { suggestion, facts: { ...facts, frameworks }, node }
  }
  if (framework.name === 'torch') {
    return nearest(torchBuilds, framework.version).flatMap(
      ({ version, variant, cuda, sm, ptx }) => {
        if (cuda === undefined || sm === undefined) return []
        const isNewer = compareVersions(version, framework.version) > 0
        const code = isNewer ? 'NEWER_TORCH' : 'OTHER_TORCH'
        const other = { ...framework, version, cuda, code: { sm: [...sm], ptx: [...(ptx ?? [])] } }
        return [change({ code, params: { version, variant } }, other)]
      },
    )
  }
  if (framework.name === 'tensorflow') {
    return nearest(tensorflowBuilds, framework.version).flatMap(
      ({ version, cuda, cudnn, sm, ptx }) => {
        if (sm === undefined || ptx === undefined) return []
        const other = { ...framework, version, cuda, cudnn, code: { sm: [...sm], ptx: [...ptx] } }
        return [change({ code: 'OTHER_TENSORFLOW', params: { version } }, other)]
      },
    )
  }
  return jitFrameworks
    .filter((row) => row.framework === framework.name)
    .map(({ distribution, cudaMajor }) =>
      change(
        { code: 'OTHER_DISTRIBUTION', params: { distribution } },
        { ...framework, cuda: String(cudaMajor) },
      ),
    )
}

/** The same version first, then newer ones upwards, then older ones downwards. */
function nearest<T extends { readonly version: string }>(
  builds: readonly T[],
  version: string,
): readonly T[] {
  const order = (build: T) => compareVersions(build.version, version)
  return [
    ...builds.filter((build) => order(build) === 0),
    ...builds.filter((build) => order(build) > 0),
    ...builds.filter((build) => order(build) < 0).toReversed(),
  ]
}

/** Only for images without a framework: one of those brings its CUDA along, or needs the one that it was built for. */
function otherBases(facts: ImageFacts, node: NodeClass): readonly Candidate[] {
  const current = baseCuda(facts)
  if (current === undefined || facts.frameworks.length > 0) return []
  const { NVIDIA_REQUIRE_CUDA: _require, ...env } = facts.env
  const bases = toolkitTargets.map(({ toolkit }) => ({ version: toolkit }))
  return nearest(bases, current).map(({ version }) => {
    const isNewer = compareVersions(version, current) > 0
    return {
      suggestion: { code: isNewer ? 'NEWER_TOOLKIT' : 'OLDER_TOOLKIT', params: { cuda: version } },
      facts: {
        ...facts,
        env,
        toolkit: { version, source: 'suggestion', nvcc: false },
        libraries: facts.libraries.filter(({ wheel }) => wheel),
        compat: [],
      },
      node,
    }
  })
}

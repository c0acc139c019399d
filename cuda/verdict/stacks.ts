import type { Framework, ImageFacts } from '#contract/image-facts.ts'
import { majorOf, minorOf } from '../tables/version.ts'

/** One thing in an image that uses the GPU, with the CUDA libraries that it loads. */
export interface Stack {
  /** Absent for the toolkit of the image itself, when no framework brings its own. */
  readonly framework?: Framework
  /** As `11.8`. */
  readonly cuda: string
}

/** The CUDA version of the base: its toolkit, or the runtime library outside of any wheel. */
export function baseCuda(facts: ImageFacts): string | undefined {
  const version = facts.toolkit?.version ?? cudart(facts, false)
  return version && minorOf(version)
}

/** What an image would start on a GPU: each framework built for CUDA, else its own toolkit. */
export function stacksOf(facts: ImageFacts): readonly Stack[] {
  const frameworks = facts.frameworks.flatMap((framework) => {
    const cuda = cudaOf(framework, facts)
    return cuda === undefined ? [] : [{ framework, cuda }]
  })
  if (frameworks.length > 0) return frameworks
  const cuda = baseCuda(facts)
  return cuda === undefined ? [] : [{ cuda }]
}

/** A framework that only says its family, as `12`, uses the wheel's or the base's runtime of that family. */
function cudaOf({ cuda }: Framework, facts: ImageFacts): string | undefined {
  if (cuda === undefined || cuda.includes('.')) return cuda
  const candidates = [cudart(facts, true), baseCuda(facts)]
  const found = candidates.find(
    (version) => version !== undefined && majorOf(version) === Number(cuda),
  )
  return found === undefined ? `${cuda}.0` : minorOf(found)
}

function cudart(facts: ImageFacts, wheel: boolean): string | undefined {
  return facts.libraries.find((library) => library.name === 'cudart' && library.wheel === wheel)
    ?.version
}

/** Whether anything in the image is made for CUDA. */
export function speaksOfCuda(facts: ImageFacts): boolean {
  return (
    stacksOf(facts).length > 0 ||
    facts.libraries.length > 0 ||
    facts.code.length > 0 ||
    facts.compat.length > 0 ||
    facts.env['CUDA_VERSION'] !== undefined ||
    facts.env['NVIDIA_REQUIRE_CUDA'] !== undefined
  )
}

/** Name and version of a stack, for people. */
export function describeStack({ framework, cuda }: Stack): { framework: string; version: string } {
  return framework === undefined
    ? { framework: 'CUDA', version: cuda }
    : { framework: framework.name, version: framework.version }
}

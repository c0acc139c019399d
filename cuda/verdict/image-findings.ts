import type { ImageFacts } from '#contract/image-facts.ts'
import { type Finding, finding } from './judgement.ts'
import { baseCuda, speaksOfCuda } from './stacks.ts'

/** What is to be said of an image whatever the node: none of it keeps it from running. */
export function imageFindings(facts: ImageFacts): readonly Finding[] {
  return [
    ...driverFiles(facts),
    ...facts.steering.map((name) => finding('LOADER_STEERED', { name })),
    ...(speaksOfCuda(facts) ? [...missingEnvironment(facts), ...otherCuda(facts)] : []),
  ]
}

function driverFiles({ driver_files: files }: ImageFacts): readonly Finding[] {
  const [first] = files
  if (first === undefined) return []
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return [finding('IMAGE_HAS_DRIVER_FILES', { path: first.path, bytes })]
}

function missingEnvironment({ env }: ImageFacts): readonly Finding[] {
  const names = ['NVIDIA_VISIBLE_DEVICES', 'NVIDIA_DRIVER_CAPABILITIES']
  return names.every((name) => env[name]) ? [] : [finding('NVIDIA_ENV_MISSING')]
}

function otherCuda(facts: ImageFacts): readonly Finding[] {
  const base = baseCuda(facts)
  return facts.frameworks.flatMap(({ name, cuda }) =>
    base === undefined || cuda === undefined || cuda === base || base.startsWith(`${cuda}.`)
      ? []
      : [finding('FRAMEWORK_CUDA_DIFFERS', { framework: name, brings: cuda, base })],
  )
}

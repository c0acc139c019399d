import type { Framework, ImageFacts } from '#contract/image-facts.ts'
import { majorOf } from '../../tables/version.ts'
import { type Finding, finding } from '../judgement.ts'
import type { NodeClass } from '../node-class.ts'

/** What keeps an image from running on any GPU, or on the processor of this node. */
export function judgeImage(facts: ImageFacts, node: NodeClass): readonly Finding[] {
  const { arch } = facts.platform
  return [
    ...(arch === node.arch
      ? []
      : [finding('IMAGE_WRONG_PLATFORM', { image: arch, node: node.arch })]),
    ...(facts.libc.kind === 'musl' ? [finding('IMAGE_NOT_GLIBC')] : []),
    ...facts.stubs
      .filter(({ reached }) => reached !== undefined)
      .map(({ path }) => finding('LIBCUDA_STUB', { path: path.replace(/\/[^/]*$/, '') })),
    ...facts.frameworks.flatMap((framework) => judgeFramework(framework, facts)),
  ]
}

function judgeFramework(framework: Framework, facts: ImageFacts): readonly Finding[] {
  const { name, version, cuda, cudnn } = framework
  const about = { framework: name, version }
  if (cuda === undefined) {
    const isAlone = facts.frameworks.every((other) => other.cuda === undefined)
    return [finding('FRAMEWORK_CPU_ONLY', about, isAlone ? 'error' : 'note')]
  }
  // torch and the jax plugins bring cuDNN or depend on its wheel; TensorFlow loads what it finds.
  if (name !== 'tensorflow' || cudnn === undefined) return []
  const present = facts.libraries.filter((library) => library.name === 'cudnn')
  const need = String(majorOf(cudnn))
  if (present.length === 0) return [finding('CUDNN_MISSING', { ...about, need })]
  if (present.some((library) => majorOf(library.version) === majorOf(cudnn))) return []
  return [finding('CUDNN_VERSION_MISMATCH', { ...about, need, has: present[0]?.version ?? '' })]
}

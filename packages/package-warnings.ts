import { fillText } from '../cuda/tables/fill-text.ts'
import type { Language } from '../cuda/tables/reason.ts'

/** What is to be said of lists before they are built. Nothing of it refuses them: the tables may be older than the packages. */
const warnings = {
  FRAMEWORK_OTHER_PYTHON: {
    message: {
      en: '{framework} {version} has no build for Python {python}, which the base has: it has some for {first} to {last}.',
      zh: '{framework} {version} 没有适用于基础镜像 Python {python} 的版本：支持 {first} 至 {last}。',
    },
    fix: {
      en: 'Take {fit}, or a base with another Python.',
      zh: '使用 {fit}，或换用其他 Python 版本的基础镜像。',
    },
  },
  FRAMEWORK_OTHER_CUDA: {
    message: {
      en: '{framework} {version} is built for CUDA {cuda}, and the base has CUDA {base}.',
      zh: '{framework} {version} 为 CUDA {cuda} 构建，而基础镜像为 CUDA {base}。',
    },
    fix: {
      en: 'Take {fit}, or a base with CUDA {cuda}.',
      zh: '使用 {fit}，或换用 CUDA {cuda} 的基础镜像。',
    },
  },
  FRAMEWORK_ON_NO_GPU: {
    message: {
      en: '{framework} {version} for CUDA {cuda} runs on no GPU of this farm, which has {gpu} with driver {driver}.',
      zh: '{framework} {version}（CUDA {cuda}）无法在本集群的任何 GPU 上运行，例如 {gpu}（驱动 {driver}）。',
    },
    fix: { en: 'Take {fit}.', zh: '使用 {fit}。' },
  },
} as const

export interface PackageWarning {
  readonly code: keyof typeof warnings
  readonly params: Readonly<Record<string, string>>
}

/** A warning with its texts in one language. */
export function explainWarning({ code, params }: PackageWarning, language: Language) {
  const { message, fix } = warnings[code]
  return {
    code,
    params,
    message: fillText(message[language], params),
    fix: fillText(fix[language], params),
  }
}

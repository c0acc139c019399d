import type { Reason } from './reason.ts'
import { fillText } from './fill-text.ts'
import type { Language } from './reason.ts'
import type { ReasonParams } from './reasons.ts'

/** The changes that can make an image run on a node, and who can make them. */
export const suggestions = {
  NEWER_DRIVER: {
    owner: 'node',
    text: { en: 'driver {driver} or newer on this node', zh: '此节点使用驱动 {driver} 或更新版本' },
  },
  OLDER_DRIVER: {
    owner: 'node',
    text: { en: 'a driver of branch {branch} on this node', zh: '此节点使用 {branch} 分支的驱动' },
  },
  OTHER_TORCH: {
    owner: 'image',
    text: { en: 'torch {version} built for {variant}', zh: '为 {variant} 构建的 torch {version}' },
  },
  NEWER_TORCH: {
    owner: 'image',
    text: {
      en: 'torch {version} or newer, built for {variant}',
      zh: '为 {variant} 构建的 torch {version} 或更新版本',
    },
  },
  OTHER_TENSORFLOW: {
    owner: 'image',
    text: { en: 'TensorFlow {version}', zh: 'TensorFlow {version}' },
  },
  OTHER_DISTRIBUTION: {
    owner: 'image',
    text: { en: 'the distribution {distribution}', zh: '发行包 {distribution}' },
  },
  NEWER_TOOLKIT: {
    owner: 'image',
    text: { en: 'a base with CUDA {cuda} or newer', zh: 'CUDA {cuda} 或更新的基础镜像' },
  },
  OLDER_TOOLKIT: {
    owner: 'image',
    text: { en: 'a base with CUDA {cuda} or older', zh: 'CUDA {cuda} 或更旧的基础镜像' },
  },
  NO_STUBS: {
    owner: 'image',
    text: {
      en: 'a library path without {path}',
      zh: '从库搜索路径中去除 {path}',
    },
  },
} as const satisfies Record<
  string,
  { readonly owner: Reason['owner']; readonly text: Readonly<Record<Language, string>> }
>

export type SuggestionCode = keyof typeof suggestions

export interface Suggestion {
  readonly code: SuggestionCode
  readonly params: ReasonParams
}

export function explainSuggestion({ code, params }: Suggestion, language: Language): string {
  return fillText(suggestions[code].text[language], params)
}

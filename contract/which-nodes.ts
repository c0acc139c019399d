/** What a build asks of the nodes that it would go to. */
interface Asked {
  readonly platform?: string
  readonly gpu?: true
}

/**
 * Which nodes are meant, to stand behind "nodes"; empty when any will do. Pure.
 * @param inChinese makes one text of what is asked there, which stands in a sentence otherwise each time.
 */
export function whichNodes(
  { platform, gpu }: Asked,
  inChinese: (parts: readonly string[]) => string,
): Readonly<Record<'en' | 'zh', string>> {
  const parts = [
    ...(platform === undefined
      ? []
      : [{ en: `build for ${platform}`, zh: `能为 ${platform} 构建` }]),
    ...(gpu ? [{ en: 'have a GPU for it', zh: '有适合的 GPU' }] : []),
  ]
  if (parts.length === 0) return { en: '', zh: '' }
  return {
    en: ` that ${parts.map(({ en }) => en).join(' and ')}`,
    zh: inChinese(parts.map(({ zh }) => zh)),
  }
}

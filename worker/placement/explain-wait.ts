import type { KnownNode } from '../../records/attempts.ts'

const named = 3

/** Why builds for a platform, or those that name none, wait although there are these nodes. In words, for people. Pure. */
export function explainWait(platform: string | null, nodes: readonly KnownNode[]): string {
  if (nodes.length === 0) return 'no node has joined yet'
  const which = platform === null ? '' : ` that build for ${platform}`
  const able = nodes.filter(({ platforms }) => platform === null || platforms.includes(platform))
  if (able.length === 0) return `no node builds for ${platform}`
  const ready = able.filter((node) => node.ready)
  if (ready.length > 0) return `all ${ready.length} ready nodes${which} are full`
  const names = able.slice(0, named).map(({ name }) => name)
  const more = able.length > named ? ` and ${able.length - named} more` : ''
  return `all nodes${which} are offline: ${names.join(', ')}${more}`
}

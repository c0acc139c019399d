import type { KnownNode, WaitingBuild } from '../../records/attempts.ts'
import { canBuild, hasGpuFor } from './able-nodes.ts'

const named = 3

/**
 * Why builds like this one wait although there are these nodes. In words, for people. One that needs a GPU waits only for
 * nodes that have one for it. Pure.
 */
export function explainWait(
  { platform, gpu }: Pick<WaitingBuild, 'platform' | 'gpu'>,
  nodes: readonly KnownNode[],
): string {
  if (nodes.length === 0) return 'no node has joined yet'
  const builders = nodes.filter((node) => canBuild(node, platform))
  if (builders.length === 0) return `no node builds for ${platform}`
  const fitting =
    gpu === undefined ? [] : builders.filter((node) => node.ready && hasGpuFor(node, gpu))
  const able = fitting.length > 0 ? fitting : builders
  const which = [
    ...(platform === null ? [] : [`build for ${platform}`]),
    ...(fitting.length > 0 ? ['have a GPU for it'] : []),
  ].join(' and ')
  const that = which === '' ? '' : ` that ${which}`
  const answering = able.filter((node) => node.ready)
  const ready = answering.filter(({ drained }) => drained === null)
  const [{ name: first, drained: because } = { name: '', drained: '' }] = answering
  if (answering.length > 0 && ready.length === 0) {
    return `all ${answering.length} ready nodes${that} take no more builds: ${first}: ${because}`
  }
  const roomy = ready.filter(({ diskLow }) => diskLow === null)
  if (ready.length > roomy.length) {
    if (roomy.length > 0)
      return `all ${roomy.length} ready nodes${that} with room on their disks are full`
    const [{ name, diskLow } = { name: '', diskLow: '' }] = ready
    return `all ${ready.length} ready nodes${that} make room on their disks first: ${name}: ${diskLow}`
  }
  if (ready.length > 0) return `all ${ready.length} ready nodes${that} are full`
  const names = able.slice(0, named).map(({ name }) => name)
  const more = able.length > named ? ` and ${able.length - named} more` : ''
  return `all nodes${that} are offline: ${names.join(', ')}${more}`
}

import type { GpuRequest, LeasedGpu } from '#contract/gpu-lease.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import { fitsGpu } from '../../cuda/verdict/fits-gpu.ts'
import type { EarlierWait, GpuSlot, SlotChoice } from '../../records/gpu-leases.ts'

export interface Wanted {
  readonly needs: GpuRequest['needs']
  /** Of the image, as far as they are known. */
  readonly facts: ImageFacts | undefined
  /** UUIDs that this build is not to be given again. */
  readonly refused: ReadonlySet<string>
}

/** The first free GPU of a node that fits and that nobody is to have before, or why there is none, in words. Pure. */
export function chooseGpu(
  slots: readonly GpuSlot[],
  earlier: readonly EarlierWait[],
  node: { readonly name: string; readonly arch: string },
  wanted: Wanted,
): SlotChoice {
  const fitting = slots.filter(({ gpu }) => fits(gpu, node.arch, wanted))
  if (fitting.length === 0) return { state: 'none', reason: explainNone(slots, node, wanted) }
  const kept = keepForEarlier(slots, earlier)
  const why = (slot: GpuSlot) => obstacle(slot, wanted.needs) ?? kept.get(slot.gpu.uuid)
  const free = fitting.find((slot) => why(slot) === undefined)
  if (free !== undefined) return { gpu: free.gpu }
  const obstacles = fitting.map((slot) => `${describeGpu(slot.gpu)} ${why(slot)}`)
  return {
    state: 'busy',
    reason: `on ${node.name} ${obstacles.slice(0, 3).join(', ')}`,
    candidates: fitting.filter((slot) => hasMemory(slot, wanted.needs)).map(({ gpu }) => gpu.uuid),
  }
}

/** Each of those who came first keeps the first free GPU that it would take, if there is one. */
function keepForEarlier(
  slots: readonly GpuSlot[],
  earlier: readonly EarlierWait[],
): ReadonlyMap<string, string> {
  const free = slots.filter(({ holder }) => holder === undefined).map(({ gpu }) => gpu.uuid)
  const kept = new Map<string, string>()
  for (const { buildId, candidates } of earlier) {
    const uuid = free.find((each) => !kept.has(each) && candidates.includes(each))
    if (uuid !== undefined) kept.set(uuid, `is next for ${buildId}, which goes first`)
  }
  return kept
}

/** Whether the build may have a GPU, and its image fits it. Pure. */
export function fits(gpu: LeasedGpu, arch: string, wanted: Wanted): boolean {
  return !wanted.refused.has(gpu.uuid) && fitsGpu(gpu, arch, wanted)
}

/** What keeps a fitting GPU from being given away now. */
function obstacle(
  { holder, isElsewhere, leftover, freeBytes }: GpuSlot,
  { free_bytes: wanted }: GpuRequest['needs'],
): string | undefined {
  if (leftover) return `is held: something still runs on it that ${holder} left behind`
  if (isElsewhere === true) return `is taken by ${holder}, through another node of its machine`
  if (holder !== undefined) return `is taken by ${holder}`
  if (hasMemory({ freeBytes }, { free_bytes: wanted })) return undefined
  return `has ${inMib(freeBytes ?? 0)} of memory free, and ${inMib(wanted ?? 0)} are needed`
}

/** Whether what is needed was free when the node last looked. */
function hasMemory(
  { freeBytes }: Pick<GpuSlot, 'freeBytes'>,
  { free_bytes: wanted }: GpuRequest['needs'],
): boolean {
  return wanted === undefined || freeBytes === undefined || freeBytes >= wanted
}

function explainNone(
  slots: readonly GpuSlot[],
  { name }: { readonly name: string },
  { refused }: Wanted,
): string {
  if (slots.length === 0) return `${name} has no GPU in good health`
  const left = slots.filter(({ gpu }) => !refused.has(gpu.uuid))
  if (left.length === 0) return `the build was refused on each GPU of ${name}`
  const names = [...new Set(left.map(({ gpu }) => describeGpu(gpu)))].slice(0, 3)
  return `no GPU of ${name} fits the image: ${names.join(', ')}`
}

function describeGpu({ name, mig, driver }: LeasedGpu): string {
  return `${name}${mig === undefined ? '' : ` ${mig}`} (driver ${driver})`
}

function inMib(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`
}

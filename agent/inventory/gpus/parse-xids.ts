import type { NodeFinding } from '#contract/node.ts'
import { xids } from '../../../cuda/tables/xids.ts'
import { nodeFinding } from './finding.ts'
import { addressOf } from './pci-address.ts'

/** One line of the kernel log. */
export interface KernelLine {
  readonly at: Date
  readonly text: string
}

export interface XidEvent {
  readonly at: Date
  /** Absent for a line that tells of a lost GPU without a number. */
  readonly xid?: number
  /** PCI address in the form of the kernel: domain, bus, device. */
  readonly address: string
}

const xidLine = /NVRM: Xid \((?:PCI:)?([0-9a-fA-F:]+)(?:\.\d)?\)[^:]*: (\d+),/
const lostLine =
  /NVRM: .*GPU (?:at PCI:)?([0-9a-fA-F:]+)(?:\.\d)?[^:]*(?::| )(?:.*)has fallen off the bus/

/** Finds what NVIDIA's kernel module reports of its GPUs. */
export function parseXids(lines: readonly KernelLine[]): readonly XidEvent[] {
  return lines.flatMap(({ at, text }): readonly XidEvent[] => {
    const [, address, xid] = xidLine.exec(text) ?? []
    if (address !== undefined) return [{ at, address: addressOf(address), xid: Number(xid) }]
    const lost = lostLine.exec(text)?.[1]
    return lost === undefined ? [] : [{ at, address: addressOf(lost) }]
  })
}

/**
 * Faults of the hardware since the machine was started, the last one of each GPU and kind. They stay until the machine
 * starts anew or a person has cleared them: the driver goes on as if nothing had happened.
 * @param gpuAt the UUID of the GPU at an address. @param clearedAt what is older does not count any more.
 */
export function judgeXids(
  events: readonly XidEvent[],
  gpuAt: (address: string) => string | undefined,
  clearedAt: Date,
): readonly NodeFinding[] {
  const faults = events.filter(({ at, xid }) => at > clearedAt && isHardwareFault(xid))
  const last = new Map(faults.map((event) => [`${event.address} ${event.xid ?? 'lost'}`, event]))
  return [...last.values()].map(({ address, xid, at }) => {
    const gpu = gpuAt(address)
    const about = { at: at.toISOString(), address, ...(gpu !== undefined && { uuid: gpu }) }
    const found =
      xid === undefined
        ? nodeFinding('GPU_LOST', { uuid: address, ...about })
        : nodeFinding('GPU_XID_CRITICAL', { xid, meaning: meaningOf(xid), ...about })
    return gpu === undefined ? found : { ...found, gpu }
  })
}

function isHardwareFault(xid: number | undefined): boolean {
  if (xid === undefined) return true
  const known = xids.find((row) => row.xid === xid)
  return known?.cause === 'hw' && known.severity === 'error'
}

function meaningOf(xid: number): string {
  return xids.find((row) => row.xid === xid)?.meaning ?? ''
}

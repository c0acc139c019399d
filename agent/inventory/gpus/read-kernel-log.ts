import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { isErrno } from '../../../process/group.ts'
import type { KernelLine } from './parse-xids.ts'

const device = '/dev/kmsg'
const maxRecord = 8192
/** The buffer holds some thousands; a kernel that floods it is not followed for ever. */
const maxRecords = 20_000

/** The whole kernel log as the kernel still has it. Empty where it may not be read. */
export async function readKernelLog(now: Date): Promise<readonly KernelLine[]> {
  const bootedAt = now.getTime() - (await uptimeMs())
  const lines: KernelLine[] = []
  try {
    await using file = await open(device, constants.O_RDONLY | constants.O_NONBLOCK)
    const buffer = Buffer.alloc(maxRecord)
    while (lines.length < maxRecords) {
      // Each read gives one record; at the end of the log it answers EAGAIN instead of waiting.
      const { bytesRead } = await file.read(buffer, 0, maxRecord, null)
      if (bytesRead === 0) break
      const line = parseRecord(buffer.toString('utf8', 0, bytesRead), bootedAt)
      if (line !== undefined) lines.push(line)
    }
  } catch (error) {
    if (!['EAGAIN', 'EPERM', 'EACCES', 'ENOENT'].some((code) => isErrno(error, code))) throw error
  }
  return lines
}

/** `6,339,5140900,-;NVRM: …`: level, number, µs since the start, flags; then the text and lines with more. */
export function parseRecord(record: string, bootedAt: number): KernelLine | undefined {
  const [, microseconds, text] = /^\d+,\d+,(\d+)[^;]*;([^\n]*)/.exec(record) ?? []
  if (microseconds === undefined || text === undefined) return undefined
  return { at: new Date(bootedAt + Number(microseconds) / 1000), text }
}

async function uptimeMs(): Promise<number> {
  return Number.parseFloat(await readFile('/proc/uptime', 'utf8')) * 1000
}

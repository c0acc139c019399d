import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import type { KernelLine } from './parse-xids.ts'

const device = '/dev/kmsg'
const maxRecord = 8192
/** The buffer holds some thousands; a kernel that floods it is not followed for ever. */
const maxRecords = 20_000

/** The whole kernel log as the kernel still has it. Empty where it may not be read. */
export async function readKernelLog(now: Date): Promise<readonly KernelLine[]> {
  const bootedAt = now.getTime() - (await uptimeMs())
  try {
    await using file = await open(device, constants.O_RDONLY | constants.O_NONBLOCK)
    return await readRecords(async (buffer) => file.read(buffer, 0, buffer.length, null), bootedAt)
  } catch (error) {
    if (!['EPERM', 'EACCES', 'ENOENT'].some((code) => isErrno(error, code))) throw error
    return []
  }
}

/** @param read gives one record, EAGAIN at the end of the log, EPIPE where records are gone that were to be read. */
export async function readRecords(
  read: (buffer: Buffer) => Promise<{ readonly bytesRead: number }>,
  bootedAt: number,
): Promise<readonly KernelLine[]> {
  const buffer = Buffer.alloc(maxRecord)
  const lines: KernelLine[] = []
  for (let record = 0; record < maxRecords; record += 1) {
    const bytes = await read(buffer).then(({ bytesRead }) => bytesRead, lengthInstead)
    if (bytes === 0) break
    const line =
      bytes === undefined ? undefined : parseRecord(buffer.toString('utf8', 0, bytes), bootedAt)
    if (line !== undefined) lines.push(line)
  }
  return lines
}

/** What comes next is read where the kernel has written over what was to be: it does so while it is flooded. */
function lengthInstead(error: unknown): 0 | undefined {
  if (isErrno(error, 'EAGAIN')) return 0
  if (isErrno(error, 'EPIPE')) return undefined
  throw error
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

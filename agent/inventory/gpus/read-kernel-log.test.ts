import { expect, it } from 'vitest'
import { readKernelLog, readRecords } from './read-kernel-log.ts'

/** A log that answers each read with the next of these: a record, or the code of an error. */
async function readAll(answers: readonly string[]) {
  const left = [...answers]
  const lines = await readRecords(async (buffer) => {
    const next = left.shift() ?? 'EAGAIN'
    if (/^E[A-Z]+$/.test(next)) throw Object.assign(new Error(next), { code: next })
    return { bytesRead: buffer.write(next) }
  }, 1_000_000)
  return { texts: lines.map(({ text }) => text), left }
}

const record = (text: string) => `6,339,5140900,-;${text}\n SUBSYSTEM=pci\n`

it('reads the records up to the end', async () => {
  const read = await readAll([record('one'), 'no record', record('two'), 'EAGAIN', record('three')])
  expect(read).toEqual({ texts: ['one', 'two'], left: [record('three')] })
})

it('goes on where the kernel has written over what was to be read', async () => {
  expect(await readAll(['EPIPE', record('one'), 'EPIPE', record('two')])).toEqual({
    texts: ['one', 'two'],
    left: [],
  })
})

it('hides no other error', async () => {
  await expect(readAll(['EIO'])).rejects.toThrow('EIO')
})

it('reads what this machine has, or nothing where that is not allowed', async () => {
  expect(await readKernelLog(new Date())).toBeInstanceOf(Array)
})

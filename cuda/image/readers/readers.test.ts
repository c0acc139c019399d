import { describe, expect, it } from 'vitest'
import { kernelFatbin } from '../fixtures/kernel-fatbin.ts'
import { readCompat } from './compat.ts'
import { readFatbin } from './fatbin.ts'
import { readGlibc } from './glibc.ts'
import type { Reader } from './reader.ts'
import { readText } from './text.ts'
import { readTorch } from './torch.ts'

const elf = Buffer.from('7f454c46', 'hex')

function readAll(reader: Reader, data: Buffer, chunk: number) {
  for (let at = 0; at < data.length; at += chunk) reader.write(data.subarray(at, at + chunk))
  return reader.end()
}

const chunks = [1, 7, 64, 1000, 100_000]

describe.each(chunks)('in chunks of %i', (chunk) => {
  it('reads the targets and the PTX version of GPU code', () => {
    const file = Buffer.concat([elf, Buffer.alloc(1001, 'P'), kernelFatbin, Buffer.alloc(99, 'P')])
    expect(readAll(readFatbin(), file, chunk)).toEqual({
      kind: 'code',
      code: { sm: ['75', '90a', '100f'], ptx: ['75', '90a', '100f'], isa: '9.0' },
    })
  })

  it('finds the second container behind the first, and one behind a broken one', () => {
    const broken = Buffer.from(kernelFatbin)
    broken.writeUInt32LE(3, 20)
    const cut = kernelFatbin.subarray(0, 30)
    for (const first of [kernelFatbin, broken, cut]) {
      const file = Buffer.concat([elf, first, Buffer.alloc(64), kernelFatbin])
      expect(readAll(readFatbin(), file, chunk)).toMatchObject({ code: { isa: '9.0' } })
    }
  })

  it('reads the list of torch and no name that merely looks like it', () => {
    const list = 'string ipc_hsm_37 sm_90a compute_90\0'
    const file = Buffer.concat([
      Buffer.from('\0use sm_80 sm_86 or newer\0sm_20\0sm_30\n'),
      Buffer.alloc(5000, 'x'),
      Buffer.from(list),
      Buffer.alloc(5000, 'x'),
    ])
    expect(readAll(readTorch(), file, chunk)).toEqual({
      kind: 'code',
      code: { sm: ['37', '90a'], ptx: ['90'] },
    })
  })

  it('reads a list of one', () => {
    const file = Buffer.from('\0use sm_80\0\0sm_90\0other')
    expect(readAll(readTorch(), file, chunk)).toMatchObject({ code: { sm: ['90'] } })
  })

  it('reads the version of glibc', () => {
    const banner = 'GNU C Library (Ubuntu GLIBC 2.31-0ubuntu9.9) stable release version 2.31.\n'
    const file = Buffer.concat([elf, Buffer.alloc(9000), Buffer.from(banner), Buffer.alloc(50)])
    expect(readAll(readGlibc(), file, chunk)).toEqual({ kind: 'version', version: '2.31' })
  })

  it('reads the note of a compatibility library', () => {
    const note =
      '{"Format": 1, "CUDA Version": "12.8", "Driver": [470, 535, 550], "Device": [1, 2]}'
    const file = Buffer.concat([elf, Buffer.alloc(9000), Buffer.from(note), Buffer.alloc(50)])
    expect(readAll(readCompat(), file, chunk)).toEqual({
      kind: 'compat',
      cuda: '12.8',
      branches: [470, 535, 550],
    })
  })

  it('keeps the beginning of a text', () => {
    expect(readAll(readText(), Buffer.alloc(200_000, 'a'), chunk)).toEqual({
      kind: 'text',
      text: 'a'.repeat(16_384),
    })
  })
})

it('finds nothing where there is nothing', () => {
  const nothing = Buffer.alloc(10_000, 'sm_ GNU C Library "CUDA Version" ')
  for (const reader of [readFatbin(), readTorch(), readGlibc(), readCompat()])
    expect(readAll(reader, nothing, 512)).toBeUndefined()
})

it('leaves a file alone that is not ELF', () => {
  expect(readAll(readFatbin(), kernelFatbin, 64)).toBeUndefined()
})

import { expect, it } from 'vitest'
import { judgeXids, parseXids } from './parse-xids.ts'
import { parseRecord } from './read-kernel-log.ts'

const at = new Date('2026-01-01T10:00:00Z')
const line = (text: string, later = 0) => ({ at: new Date(at.getTime() + later), text })
const never = new Date(0)
const gpuAt = (address: string) => (address === '0000:c6:00' ? 'GPU-1f' : undefined)

it.each([
  [
    "NVRM: Xid (PCI:0000:c6:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
    { xid: 79, address: '0000:c6:00' },
  ],
  [
    'NVRM: Xid (PCI:0000:C6:00): 48, pid=1234, name=python, An uncorrectable double bit error',
    { xid: 48, address: '0000:c6:00' },
  ],
  ['NVRM: Xid (0000:07:00): 31, Ch 00000010, engmask 00000101', { xid: 31, address: '0000:07:00' }],
  ['NVRM: GPU 0000:c6:00.0: GPU has fallen off the bus.', { address: '0000:c6:00' }],
  ['NVRM: GPU at PCI:0000:c6:00: GPU-1f has fallen off the bus.', { address: '0000:c6:00' }],
])('reads %s', (text, event) => expect(parseXids([line(text)])).toEqual([{ at, ...event }]))

it('reads nothing from other lines', () => {
  const others = [
    'usb 1-1: new device',
    'NVRM: loading NVIDIA UNIX Open Kernel Module',
    'Xid 79, x',
  ]
  expect(parseXids(others.map((text) => line(text)))).toEqual([])
})

it('takes a GPU out for faults of the hardware, not of programs', () => {
  const events = parseXids([
    line('NVRM: Xid (PCI:0000:c6:00): 13, pid=1, Graphics Exception'),
    line('NVRM: Xid (PCI:0000:c6:00): 63, pid=1, Row remapper'),
    line('NVRM: Xid (PCI:0000:c6:00): 119, pid=1, Timeout waiting for RPC from GSP'),
    line('NVRM: Xid (PCI:0000:c6:00): 119, pid=1, Timeout waiting for RPC from GSP', 60_000),
  ])
  expect(judgeXids(events, gpuAt, never)).toEqual([
    {
      code: 'GPU_XID_CRITICAL',
      severity: 'error',
      gpu: 'GPU-1f',
      params: {
        xid: 119,
        meaning: 'GSP did not answer',
        at: '2026-01-01T10:01:00.000Z',
        address: '0000:c6:00',
        uuid: 'GPU-1f',
      },
    },
  ])
})

it('tells of a GPU that nothing else shows any more', () => {
  const events = parseXids([line('NVRM: GPU 0000:07:00.0: GPU has fallen off the bus.')])
  const [found] = judgeXids(events, gpuAt, never)
  expect(found).toMatchObject({ code: 'GPU_LOST', params: { uuid: '0000:07:00' } })
  expect(found).not.toHaveProperty('gpu')
})

it('forgets what a person has cleared', () => {
  const events = parseXids([line('NVRM: Xid (PCI:0000:c6:00): 79, pid=1, x')])
  expect(judgeXids(events, gpuAt, new Date(at.getTime() + 1))).toEqual([])
})

it("reads a record of the kernel's log with its time", () => {
  const record = '4,1234,5140900,-;NVRM: Xid (PCI:0000:c6:00): 79, x\n SUBSYSTEM=pci\n'
  expect(parseRecord(record, 1_000_000)).toEqual({
    at: new Date(1_005_140.9),
    text: 'NVRM: Xid (PCI:0000:c6:00): 79, x',
  })
  expect(parseRecord('no record', 0)).toBeUndefined()
})

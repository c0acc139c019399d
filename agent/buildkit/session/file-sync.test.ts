import { once } from 'node:events'
import { connect } from 'node:http2'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Packet, Packet_PacketType } from '../gen/fsutil.ts'
import { decodeFrames, encodeFrame } from '../rpc/frame.ts'
import { serveOn } from '../rpc/serve.ts'
import { memoryDirectory } from './directory.ts'
import { fileSync } from './file-sync.ts'

const { PACKET_STAT, PACKET_REQ, PACKET_ERR } = Packet_PacketType
const request = encodeFrame(
  Packet.encode({ type: PACKET_REQ, stat: undefined, id: 0, data: Buffer.alloc(0) }).finish(),
)

it('lets the daemon end the call in which it was told what cannot be read', async () => {
  await using stack = new AsyncDisposableStack()
  const unreadable = {
    ...memoryDirectory({ file: Buffer.from('x') }),
    // oxlint-disable-next-line eslint/require-yield -- it has nothing to give
    async *read() {
      throw new Error('cannot read "file": ENOENT')
    },
  }
  const handler = fileSync({ files: unreadable })
  const server = createServer((socket) => void serveOn(socket, [handler]))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => void server.close())
  const address = server.address()
  const daemon = connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  stack.defer(() => daemon.destroy())
  const call = daemon.request({
    ':method': 'POST',
    ':path': handler.path,
    'content-type': 'application/grpc',
    'dir-name': 'files',
  })
  const told: Packet[] = []
  for await (const bytes of decodeFrames(call)) {
    if (told.push(Packet.decode(bytes)) === 1) call.write(request)
    if (told.at(-1)?.type === PACKET_ERR) break
  }
  expect(told.map(({ type }) => type)).toEqual([PACKET_STAT, PACKET_STAT, PACKET_ERR])
  expect(told.at(-1)?.data.toString()).toBe('cannot read "file": ENOENT')
  // What it asks for until it has read that is still taken.
  let isOver = false
  call.on('trailers', () => (isOver = true))
  call.write(request)
  await sleep(200)
  expect({ isOver, isWritable: call.writable }).toEqual({ isOver: false, isWritable: true })
})

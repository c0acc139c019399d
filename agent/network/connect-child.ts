import { connect } from 'node:net'

/**
 * Run inside another network namespace by `connectIn`: connects there and hands each socket to its parent. A socket stays in
 * the namespace in which it was made.
 */
process.on('message', (wanted: { readonly id: number; readonly port: number }) => {
  const { id, port } = wanted
  const socket = connect({ host: '127.0.0.1', port })
  // What the other side says first is for the parent to read.
  socket.pause()
  socket.once('connect', () => process.send?.({ id }, socket))
  socket.once('error', () => process.send?.({ id, failed: true }))
})

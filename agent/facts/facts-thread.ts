import { parentPort } from 'node:worker_threads'
import { type BuiltImage, readBuilt } from './read-built.ts'

parentPort?.on('message', async (image: BuiltImage) => {
  parentPort?.postMessage(await readBuilt(image), [])
})

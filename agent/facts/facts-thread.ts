import { parentPort } from 'node:worker_threads'
import { createKnownOverlays } from '../../cuda/image/known-overlays.ts'
import { type BuiltImage, readBuilt } from './read-built.ts'

const known = createKnownOverlays()

parentPort?.on('message', async (image: BuiltImage) => {
  parentPort?.postMessage(await readBuilt(image, known), [])
})

import type { NodeEnvironments, WantedImage } from '#contract/environment.ts'
import type { NodeDisk } from '../disk/node-disk.ts'
import type { ImageStore } from './image-store.ts'

export interface PullAheadDeps {
  readonly images: Pick<ImageStore, 'open'>
  readonly disk: Pick<NodeDisk, 'hasRoomFor'>
  readonly pull: (image: WantedImage, folder: string, signal: AbortSignal) => Promise<void>
}

/** Fetches images before anybody starts from them, one at a time. Disposing gives up what is being fetched. */
export interface PullAhead extends Disposable {
  /** What is wanted now: what was before and is no more is given up. */
  want(image: WantedImage | undefined): void
  /** What has become of what was wanted last. */
  told(): NodeEnvironments['image']
}

/** What an image takes of the disk while it is fetched, in times of what it has in the registry: packed, twice unpacked. */
const neededTimes = 7

export function createPullAhead(deps: PullAheadDeps): PullAhead {
  let current: { told: NonNullable<NodeEnvironments['image']>; stop: AbortController } | undefined
  const stop = () => {
    current?.stop.abort()
    current = undefined
  }
  return {
    want: (image) => {
      if (image?.digest === current?.told.digest) return
      stop()
      if (image === undefined) return
      const { digest } = image
      const mine = {
        told: { digest, state: 'pulling' as const, message: '' } as NonNullable<
          NodeEnvironments['image']
        >,
        stop: new AbortController(),
      }
      current = mine
      fetchImage(deps, image, mine.stop.signal).then(
        () => (mine.told = { digest, state: 'done', message: '' }),
        (error: unknown) => {
          const message = (error instanceof Error ? error.message : String(error)).slice(0, 1000)
          mine.told = { digest, state: 'failed', message }
        },
      )
    },
    told: () => current?.told,
    [Symbol.dispose]: stop,
  }
}

async function fetchImage(
  { images, disk, pull }: PullAheadDeps,
  image: WantedImage,
  signal: AbortSignal,
): Promise<void> {
  if (!(await disk.hasRoomFor(image.bytes * neededTimes))) {
    throw new Error('the disk of the node has no room for it beside its reserve')
  }
  await images.open(image, async (folder) => pull(image, folder, signal))
}

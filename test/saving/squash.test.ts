import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { squashLayers } from '../../agent/saving/squash-layers.ts'
import { writeLayer } from '../../agent/saving/write-layer.ts'
import { makeOverlay, readLayer } from './overlay.ts'

const { signal } = new AbortController()
const mediaType = 'application/vnd.oci.image.layer.v1.tar+zstd'

const base =
  'mkdir -p a/b c d; echo one > a/b/one; echo two > c/two; echo three > d/three; echo f > file'
/** Each on the ones before, as saves are. */
const saves = [
  'echo big > big; rm -r a/b; echo 1 > c/new; echo kept > kept; ln kept same; rm file; mkdir file; echo in > file/in',
  'rm big; mkdir a/b; echo again > a/b/again; rm -r d; rm -r file; echo f2 > file; echo 2 >> c/new',
  'mkdir d; echo 4 > d/four; cp /bin/true tool; setcap cap_chown+ep tool; rm c/two; chmod 700 c',
]

it('makes of layers the one that leads to the same files', async () => {
  const { folder, upper, root, sh, ...overlay } = await makeOverlay(base)
  await using _ = overlay
  const layers: { path: string; mediaType: string }[] = []
  // The lower folder of each further overlay is what the one before shows.
  let shown = root
  const stack = new AsyncDisposableStack()
  for (const [index, script] of saves.entries()) {
    const next = stack.use(await makeOverlay(`cp -a ${shown}/. .`))
    await next.sh(script)
    const file = join(folder, `layer-${index}`)
    await writeLayer({ upper: next.upper, file }, () => false, signal)
    layers.push({ path: file, mediaType })
    shown = next.root
  }
  const squashed = join(folder, 'squashed')
  const marks = await squashLayers(squashed, layers, signal)
  const file = join(folder, 'whole')
  await writeLayer({ upper: squashed, file }, () => false, signal, marks)
  const names = (await readLayer(await readFile(file))).map(({ name }) => name)
  const whiteouts = names.filter((name) => name.includes('.wh.'))
  // Of what was never below all of them it is said once more that it is gone: that does no harm.
  expect(whiteouts.toSorted()).toEqual([
    '.wh.big',
    'a/b/.wh..wh..opq',
    'c/.wh.two',
    'd/.wh..wh..opq',
  ])
  expect(names).not.toContain('big')
  expect(names).not.toContain('file/in')
  // Laid over the base again by hand, as a runtime does.
  const whole = `rm -rf a/b c/two d file; tar -C . --xattrs --xattrs-include='*' --exclude='.wh.*' -xf -`
  const list = `find . -printf '%P %y %m %l\\n' | sort; find . -type f -printf '%P %n\\n' | sort; getcap -r .; find . -type f | sort | xargs cat`
  const laid = await sh(`zstd -dc < ${file} | (${whole}); ${list}`)
  const wanted = await stackedList(shown, list, sh)
  expect(laid).toBe(wanted)
  expect(upper).toContain(folder)
  await stack.disposeAsync()
})

const stackedList = async (shown: string, list: string, sh: (script: string) => Promise<string>) =>
  sh(`cd ${shown}; ${list}`)

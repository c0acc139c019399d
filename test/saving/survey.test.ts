import { expect, it } from 'vitest'
import { surveyUpper } from '../../agent/saving/survey-upper.ts'
import { makeOverlay } from './overlay.ts'

const { signal } = new AbortController()
const token = ['hf', 'AbCdEfGhIjKlMnOpQrStUvWxYz12345678'].join('_')

const changes = `
mkdir -p root/.ssh root/.aws root/.cache/huggingface root/work usr/lib/x86_64-linux-gnu usr/bin usr/local/cuda/compat run/secrets etc
echo key > root/.ssh/id_ed25519; echo pub > root/.ssh/id_ed25519.pub; echo host > root/.ssh/known_hosts
echo 'machine x login y password z' > root/.netrc; echo a > root/.aws/credentials
echo t > root/.cache/huggingface/token; echo ls > root/.bash_history; echo s > run/secrets/one
echo "TOKEN=${token}" > root/work/.env; echo "LEVEL=debug" > root/work/settings.env
head -c 5000 /dev/zero > root/work/data; ln root/work/data root/work/again
cd usr/lib/x86_64-linux-gnu
touch libcuda.so.550.54; ln -s libcuda.so.550.54 libcuda.so.1; ln -s libcuda.so.1 libcuda.so
touch libnvidia-ml.so.550.54; ln -s ../../local/cuda/compat/libcuda.so.1 libcudadebugger.so.1
cd ../../..; touch usr/bin/nvidia-smi
echo real > usr/local/cuda/compat/libcuda.so.1
touch etc/resolv.conf; mkdir mnt; echo of-host > mnt/file; rm gone`

it('finds secrets and what the driver left, and leaves them out unless they are to be kept', async () => {
  await using overlay = await makeOverlay('echo gone > gone')
  await overlay.sh(changes)
  const mounts = ['/etc/resolv.conf', '/mnt']
  const seen = await surveyUpper(overlay.upper, { drop: [], keep: [], mounts }, signal)
  const paths = (list: readonly { path: string }[]) => list.map(({ path }) => path).toSorted()
  expect(paths(seen.secrets)).toEqual([
    '/root/.aws/credentials',
    '/root/.bash_history',
    '/root/.cache/huggingface/token',
    '/root/.netrc',
    '/root/.ssh/id_ed25519',
    '/root/work/.env',
    '/run/secrets/one',
  ])
  expect(seen.secrets).toContainEqual({
    path: '/root/work/.env',
    what: 'a Hugging Face token',
    kind: 'hugging_face_token',
  })
  expect(paths(seen.driver)).toEqual([
    '/usr/bin/nvidia-smi',
    '/usr/lib/x86_64-linux-gnu/libcuda.so',
    '/usr/lib/x86_64-linux-gnu/libcuda.so.1',
    '/usr/lib/x86_64-linux-gnu/libcuda.so.550.54',
    '/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.550.54',
  ])
  expect(seen.deleted).toBe(1)
  expect(seen.folders[0]).toMatchObject({ path: '/root' })
  expect(seen.folders.find(({ path }) => path === '/root/work')?.bytes).toBe(5000 + 12)
  for (const left of ['root/.netrc', 'usr/bin/nvidia-smi', 'mnt', 'etc/resolv.conf']) {
    expect([left, seen.isLeftOut(left)]).toEqual([left, true])
  }
  for (const kept of ['usr/local/cuda/compat/libcuda.so.1', 'root/.ssh/known_hosts']) {
    expect([kept, seen.isLeftOut(kept)]).toEqual([kept, false])
  }
})

it('does what is chosen: paths that are dropped, and secrets that are kept', async () => {
  await using overlay = await makeOverlay('echo gone > gone')
  await overlay.sh(changes)
  const choices = { drop: ['/root/work'], keep: ['/root/.ssh', '/root/.netrc'], mounts: [] }
  const seen = await surveyUpper(overlay.upper, choices, signal)
  expect(seen.secrets.map(({ path }) => path)).not.toContain('/root/.netrc')
  expect(seen.isLeftOut('root/.ssh/id_ed25519')).toBe(false)
  expect(seen.isLeftOut('root/work')).toBe(true)
  expect(seen.folders.map(({ path }) => path)).not.toContain('/root/work')
})

it('tells which links lead into volumes, straight, by way of others, or through their folders', async () => {
  await using overlay = await makeOverlay('mkdir data work; ln -s /data/old of-image')
  await overlay.sh(`
ln -s /data/file straight; ln -s ../data/deep/x work/relative; ln -s straight again
ln -s /data whole; ln -s whole/x through; ln -s /database other; ln -s /work fine; ln -s / root
ln -s ./data/secret .netrc; echo x > work/file; ln work/file work/hard`)
  const choices = { drop: ['/work/dropped'], keep: [], mounts: ['/data'], volumes: ['/data'] }
  await overlay.sh('ln -s /data/y work/dropped')
  const seen = await surveyUpper(overlay.upper, choices, signal)
  expect(seen.dangling).toEqual([
    { path: '/.netrc', to: '/data/secret' },
    { path: '/again', to: '/straight' },
    { path: '/straight', to: '/data/file' },
    { path: '/through', to: '/whole/x' },
    { path: '/whole', to: '/data' },
    { path: '/work/relative', to: '/data/deep/x' },
  ])
  const without = await surveyUpper(overlay.upper, { ...choices, volumes: [] }, signal)
  expect(without.dangling).toEqual([])
})

import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { run } from '../process/run.ts'
import type { Environment } from '../config.ts'

const listLimitMs = 5_000
/** Fixed, so that the same busybox makes the same layer, digest for digest. */
const mtime = new Date(0)

/** A small but real root file system as a tar: busybox with its applets, the folders and files that programs expect. */
export async function createRootFileSystem(
  busybox: string,
  environment: Environment,
): Promise<Buffer> {
  const { stdout } = await run(busybox, ['--list'], { limitMs: listLimitMs, environment })
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  const tar = pack()
  for (const name of [
    'bin',
    'dev',
    'etc',
    'etc/ssl',
    'etc/ssl/certs',
    'home',
    'proc',
    'root',
    'sys',
    'usr',
    'usr/bin',
    'var',
  ]) {
    tar.entry({ name, type: 'directory', mode: 0o755, mtime })
  }
  for (const name of ['tmp', 'var/tmp']) tar.entry({ name, type: 'directory', mode: 0o1777, mtime })
  for (const [name, content] of Object.entries(files))
    tar.entry({ name, mode: 0o644, mtime }, content)
  tar.entry({ name: 'bin/busybox', mode: 0o755, mtime }, await readFile(busybox))
  for (const applet of applets) {
    tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mtime })
  }
  tar.finalize()
  return buffer(tar)
}

const files = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
  'etc/os-release': 'ID=busybox\nNAME=busybox\n',
}
